using Vault.Gateway.Operations;

namespace Vault.Gateway.Hosting;

/// <summary>The names in the section <c>Vault</c> of the configuration. One that nothing reads is misspelt, and what it was to forbid would be
/// allowed without a word.</summary>
public static class SettingNames
{
    // The two executables may be given one file or one environment, so each knows what the other one reads.
    private static readonly string[] OfSilos =
    [
        "Role", "SiloPort", "GatewayPort", "Attempts", "Codes", "Registration", "Sessions", "Sends", "Lookups", "Recovery", "Retention", "Storage",
        "Mail", "Logs",
    ];

    /// <summary>Refuses a name that neither executable reads. Sections of the grains' are the silo's to look into.</summary>
    /// <exception cref="OptionsException">There is one; the message names it.</exception>
    internal static void Require(IConfiguration configuration)
    {
        var vault = configuration.GetSection(GatewayOptions.Section);
        Require(vault, [.. Of(typeof(GatewayOptions)), .. Of(typeof(GatewayProcessOptions)), .. OfSilos]);
        Require(vault.GetSection(nameof(GatewayProcessOptions.Cluster)), Of(typeof(ClusterSettings)));
        Require(vault.GetSection(nameof(GatewayProcessOptions.Ops)), Of(typeof(OperationsSettings)));
        Require(vault.GetSection(nameof(GatewayProcessOptions.Telemetry)), Of(typeof(TelemetrySettings)));
    }

    /// <summary>Refuses a name in a section that is none of <paramref name="known"/>.</summary>
    /// <exception cref="OptionsException">There is one; the message names it.</exception>
    public static void Require(IConfigurationSection section, IEnumerable<string> known)
    {
        ArgumentNullException.ThrowIfNull(section);
        var names = known.ToHashSet(StringComparer.OrdinalIgnoreCase);
        if (section.GetChildren().FirstOrDefault(child => !names.Contains(child.Key)) is { } unknown)
        {
            throw new OptionsException(
                $"{unknown.Path} means nothing. In {section.Path} there are {string.Join(", ", names.Order(StringComparer.Ordinal))}.");
        }
    }

    /// <summary>The names that are read into such options.</summary>
    public static IEnumerable<string> Of(Type options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options.GetProperties().Where(property => property.CanWrite).Select(property => property.Name);
    }
}

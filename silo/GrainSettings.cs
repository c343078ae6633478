using Vault.Gateway;
using Vault.Gateway.Hosting;
using Vault.Grains;
using GatewayOptions = Vault.Gateway.GatewayOptions;

namespace Vault.Silo;

/// <summary>What grains take from the configuration, a section each.</summary>
internal static class GrainSettings
{
    /// <summary>Adds them. Ranges are checked when the silo starts.</summary>
    /// <param name="builder">The host.</param>
    /// <param name="data">The data folder, where mail is put unless told otherwise.</param>
    /// <param name="publicAddress">What mails tell people to connect to, unless told otherwise; null for nothing.</param>
    /// <exception cref="OptionsException">A section has a key that means nothing, or a value that is none of its type.</exception>
    public static void Add(WebApplicationBuilder builder, string data, string? publicAddress)
    {
        Add<AttemptLimits>(builder, "Attempts");
        Add<CodeLimits>(builder, "Codes");
        Add<RegistrationOptions>(builder, "Registration");
        Add<SessionLimits>(builder, "Sessions");
        Add<SendLimits>(builder, "Sends");
        Add<LookupLimits>(builder, "Lookups");
        Add<RecoveryLimits>(builder, "Recovery");
        Add<RetentionLimits>(builder, "Retention");
        Add<StorageLimits>(builder, "Storage", beside: typeof(StorageSettings));
        builder.Services.Configure<MailOptions>(mail => mail.Pickup = Path.Combine(data, "mail"));
        Add<MailOptions>(builder, "Mail");
        builder.Services.PostConfigure<MailOptions>(mail => mail.PublicAddress ??= publicAddress);
    }

    /// <param name="builder">The host.</param>
    /// <param name="name">The section's name.</param>
    /// <param name="beside">What else is read from it.</param>
    private static void Add<TOptions>(WebApplicationBuilder builder, string name, Type? beside = null)
        where TOptions : class, new()
    {
        var section = builder.Configuration.GetSection($"{GatewayOptions.Section}:{name}");
        SettingNames.Require(section, new[] { typeof(TOptions), beside }.OfType<Type>().SelectMany(SettingNames.Of));

        // Read for what cannot be: here it is told in one line, and where the silo reads it, by an exception of the binder's.
        builder.Configuration.Options<TOptions>(section.Path);
        builder.Services.Configure<TOptions>(section);
    }
}

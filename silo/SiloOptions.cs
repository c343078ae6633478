using Vault.Gateway;
using Vault.Grains;

namespace Vault.Silo;

/// <summary>Which parts this process runs.</summary>
internal enum SiloRole
{
    /// <summary>Silo and gateway: the default, for one machine.</summary>
    All,

    /// <summary>The silo alone; gateways are processes of their own.</summary>
    Silo,
}

/// <summary>What the silo's executable takes from the section <c>Vault</c> of the configuration, beside the gateway's options.</summary>
internal sealed class SiloOptions
{
    /// <summary>The folder that holds everything durable.</summary>
    public string Data { get; set; } = "vault-data";

    /// <summary>Which parts this process runs.</summary>
    public string Role { get; set; } = nameof(SiloRole.All);

    /// <summary>Loopback port for other silos; 0 takes a free one.</summary>
    public int SiloPort { get; set; }

    /// <summary>With the role Silo: loopback port for gateways; 0 takes a free one.</summary>
    public int GatewayPort { get; set; }

    /// <summary>How mail leaves; <see cref="MailOptions"/> are checked when the silo starts.</summary>
    public MailOptions Mail { get; set; } = new();

    /// <exception cref="OptionsException">A value means nothing; the message names it.</exception>
    public SiloRole Validate()
    {
        RequirePort(nameof(SiloPort), SiloPort);
        RequirePort(nameof(GatewayPort), GatewayPort);
        if (string.IsNullOrWhiteSpace(Data))
        {
            throw new OptionsException("Vault:Data is empty; it must be a folder. Say for instance --data ./vault-data.");
        }

        return Enum.TryParse<SiloRole>(Role, ignoreCase: true, out var role) && Enum.IsDefined(role)
            ? role
            : throw new OptionsException($"Vault:Role is '{Role}'; it must be all or silo.");
    }

    private static void RequirePort(string name, int port)
    {
        if (port is < 0 or > 65_535)
        {
            throw new OptionsException($"Vault:{name} is {port}; it must be 0 to 65535.");
        }
    }
}

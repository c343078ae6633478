using Vault.Gateway;
using Vault.Gateway.Hosting;
using Vault.Gateway.Operations;
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

    /// <summary>The silos' key file; in the data folder unless told otherwise.</summary>
    public string Keys { get; set; } = "";

    /// <summary>Port for other silos; 0 takes a free one.</summary>
    public int SiloPort { get; set; }

    /// <summary>With the role Silo: port for gateways; 0 takes a free one.</summary>
    public int GatewayPort { get; set; }

    /// <summary>The cluster that a silo of its own belongs to.</summary>
    public ClusterSettings Cluster { get; set; } = new();

    /// <summary>The HTTP port for operators.</summary>
    public OperationsSettings Ops { get; set; } = new();

    /// <summary>Where metrics and traces go.</summary>
    public TelemetrySettings Telemetry { get; set; } = new();

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

        Cluster.Validate();
        if (!Enum.TryParse<SiloRole>(Role, ignoreCase: true, out var role) || !Enum.IsDefined(role))
        {
            throw new OptionsException($"Vault:Role is '{Role}'; it must be all or silo.");
        }

        return role == SiloRole.All && Cluster.HasRedis
            ? throw new OptionsException(
                "Vault:Cluster:Redis is for a cluster, but this process is the whole server. Add --role silo, or leave --redis out.")
            : role;
    }

    private static void RequirePort(string name, int port)
    {
        if (port is < 0 or > 65_535)
        {
            throw new OptionsException($"Vault:{name} is {port}; it must be 0 to 65535.");
        }
    }
}

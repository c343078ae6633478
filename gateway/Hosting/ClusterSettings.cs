using System.Net;

namespace Vault.Gateway.Hosting;

/// <summary>How a process finds the others of its cluster; section <c>Vault:Cluster</c> of the configuration.</summary>
public sealed class ClusterSettings
{
    /// <summary>Redis servers that hold the list of silos, <c>host:port</c> with commas between; empty where there is no such list.</summary>
    public string Redis { get; set; } = "";

    /// <summary>The name to sign in to Redis with; empty for its default user.</summary>
    public string RedisUser { get; set; } = "";

    /// <summary>The file that holds the password for Redis, readable by its owner alone; empty where none is wanted.</summary>
    public string RedisPasswordFile { get; set; } = "";

    /// <summary>Whether Redis is spoken to over TLS.</summary>
    public bool RedisTls { get; set; }

    /// <summary>A PEM file with the certificate authority to trust for Redis; empty for those that the system trusts.</summary>
    public string RedisAuthority { get; set; } = "";

    /// <summary>Which cluster in this Redis; the same for all its processes.</summary>
    public string Id { get; set; } = ClusterWire.Name;

    /// <summary>Where the other processes reach this silo: an IP address, or a name that has one.</summary>
    public string Address { get; set; } = IPAddress.Loopback.ToString();

    /// <summary>The IP address that this silo listens on, where it is another than <see cref="Address"/>.</summary>
    public string Listen { get; set; } = "";

    /// <summary>The port that this silo listens on for silos, where a mapping stands before it; 0 for the one that others know.</summary>
    public int SiloListenPort { get; set; }

    /// <summary>The port that this silo listens on for gateways, where a mapping stands before it; 0 for the one that others know.</summary>
    public int GatewayListenPort { get; set; }

    /// <summary>How long a silo tries to reach the others before it gives up: 1 s to 10 minutes; 30 s.</summary>
    public TimeSpan MaxJoin { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether the list of silos is in Redis.</summary>
    public bool HasRedis => Redis.Length > 0;

    /// <summary>Checks every value.</summary>
    /// <exception cref="OptionsException">A value means nothing; the message names it.</exception>
    public void Validate()
    {
        if (Id.Length is < 1 or > 100 || !Id.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.'))
        {
            throw new OptionsException($"Vault:Cluster:Id is '{Id}'; it must be 1 to 100 letters, digits, '-', '_' or '.'.");
        }

        RequirePort(nameof(SiloListenPort), SiloListenPort);
        RequirePort(nameof(GatewayListenPort), GatewayListenPort);
        if (MaxJoin < TimeSpan.FromSeconds(1) || MaxJoin > TimeSpan.FromMinutes(10))
        {
            throw new OptionsException($"Vault:Cluster:{nameof(MaxJoin)} is {MaxJoin}; it must be 00:00:01 to 00:10:00.");
        }

        if (!HasRedis && (RedisUser.Length > 0 || RedisPasswordFile.Length > 0 || RedisTls || RedisAuthority.Length > 0))
        {
            throw new OptionsException("Vault:Cluster:Redis is missing, but other settings of Redis are there. Say where it is with --redis host:port.");
        }
    }

    /// <summary>The address that others reach this silo at.</summary>
    /// <exception cref="OptionsException">It is none, and no name of one.</exception>
    public async Task<IPAddress> ResolveAddressAsync()
    {
        if (IPAddress.TryParse(Address, out var address))
        {
            return address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)
                ? throw new OptionsException(
                    $"Vault:Cluster:Address is {Address}, which nobody can connect to. Say the address of this machine; what to listen on is Vault:Cluster:Listen.")
                : address;
        }

        try
        {
            return (await Dns.GetHostAddressesAsync(Address)).First();
        }
        catch (Exception error) when (error is System.Net.Sockets.SocketException or ArgumentException or InvalidOperationException)
        {
            throw new OptionsException($"Vault:Cluster:Address is '{Address}', which is no IP address and no name that has one.");
        }
    }

    /// <summary>The address to listen on.</summary>
    /// <exception cref="OptionsException">It is none.</exception>
    public IPAddress ListenOn(IPAddress advertised) => Listen.Length == 0
        ? advertised
        : IPAddress.TryParse(Listen, out var address)
            ? address
            : throw new OptionsException($"Vault:Cluster:Listen is '{Listen}', which is no IP address. Say for instance 0.0.0.0.");

    private static void RequirePort(string name, int port)
    {
        if (port is < 0 or > 65_535)
        {
            throw new OptionsException($"Vault:Cluster:{name} is {port}; it must be 0 to 65535.");
        }
    }
}

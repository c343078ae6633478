using System.Net;

namespace Vault.Gateway;

/// <summary>How a gateway listens and what it allows; section <c>Vault</c> of the configuration.</summary>
public sealed class GatewayOptions
{
    /// <summary>The section of the configuration.</summary>
    public const string Section = "Vault";

    /// <summary>Address and port to listen on; loopback unless told otherwise, port 0 for any free one.</summary>
    public string Listen { get; set; } = "127.0.0.1:7117";

    /// <summary>Requests without a session that one network address may make at once: 1 to 100,000; 60.</summary>
    public int AnonymousBurst { get; set; } = 60;

    /// <summary>How many of them it gets back a second: 1 to 10,000; 2.</summary>
    public int AnonymousPerSecond { get; set; } = 2;

    /// <summary>Recovery codes that one network address may ask for, and try, at once; as many come back in an hour: 1 to 100,000; 20.</summary>
    public int RecoveriesPerHour { get; set; } = 20;

    /// <summary>Bodies in transfer at once, or MiB of them where a body is held in memory; more wait: 1 to 10,000; 128.</summary>
    public int MaxTransfers { get; set; } = 128;

    /// <summary>How long a body waits for its turn before the client is told to try again: 0.1 s to 1 minute; 10 s.</summary>
    public TimeSpan TransferWait { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Open connections: 1 to 1,000,000; 10,000.</summary>
    public int MaxConnections { get; set; } = 10_000;

    /// <summary>Those of one network address (an IPv6 /64): 1 to 1,000,000; 1,000.</summary>
    public int MaxConnectionsPerAddress { get; set; } = 1_000;

    /// <summary>The parsed <see cref="Listen"/>.</summary>
    /// <exception cref="OptionsException">It is no address with a port.</exception>
    public IPEndPoint ListenEndPoint() => IPEndPoint.TryParse(Listen, out var endPoint) && Listen.Contains(':', StringComparison.Ordinal)
        ? endPoint
        : throw new OptionsException($"Vault:Listen is '{Listen}', which is no address with a port. Say for instance 127.0.0.1:7117 or 0.0.0.0:7117.");

    /// <summary>Checks every range.</summary>
    /// <exception cref="OptionsException">A value is out of its range; the message names it.</exception>
    public void Validate()
    {
        ListenEndPoint();
        Require(nameof(AnonymousBurst), AnonymousBurst, 100_000);
        Require(nameof(AnonymousPerSecond), AnonymousPerSecond, 10_000);
        Require(nameof(RecoveriesPerHour), RecoveriesPerHour, 100_000);
        Require(nameof(MaxTransfers), MaxTransfers, 10_000);
        Require(nameof(MaxConnections), MaxConnections, 1_000_000);
        Require(nameof(MaxConnectionsPerAddress), MaxConnectionsPerAddress, 1_000_000);
        if (TransferWait < TimeSpan.FromSeconds(0.1) || TransferWait > TimeSpan.FromMinutes(1))
        {
            throw new OptionsException($"Vault:{nameof(TransferWait)} is {TransferWait}; it must be 00:00:00.1 to 00:01:00.");
        }
    }

    private static void Require(string name, int value, int max)
    {
        if (value < 1 || value > max)
        {
            throw new OptionsException($"Vault:{name} is {value}; it must be 1 to {max}.");
        }
    }
}

/// <summary>A setting cannot be used; the message names its key and the fix.</summary>
public sealed class OptionsException(string message) : Exception(message);

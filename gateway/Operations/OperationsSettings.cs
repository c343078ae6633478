using System.Net;

namespace Vault.Gateway.Operations;

/// <summary>The HTTP port for whoever operates the server; section <c>Vault:Ops</c> of the configuration.</summary>
public sealed class OperationsSettings
{
    private const string Off = "off";

    /// <summary>Address and port to listen on, or <c>off</c>. Loopback, one above the port for clients, unless told otherwise.</summary>
    public string Listen { get; set; } = "";

    /// <summary>Whether a silo shows Orleans' dashboard there.</summary>
    public bool Dashboard { get; set; } = true;

    /// <summary>Where to listen; null for nowhere.</summary>
    /// <param name="clients">Where clients connect to; null in a process that has no clients.</param>
    /// <exception cref="OptionsException">The setting means nothing.</exception>
    public IPEndPoint? EndPoint(IPEndPoint? clients)
    {
        if (Listen.Equals(Off, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        if (Listen.Length == 0)
        {
            return new IPEndPoint(IPAddress.Loopback, clients is { Port: > 0 and < IPEndPoint.MaxPort } ? clients.Port + 1 : 0);
        }

        return Listen.Contains(':', StringComparison.Ordinal) && IPEndPoint.TryParse(Listen, out var endPoint)
            ? endPoint
            : throw new OptionsException($"Vault:Ops:Listen is '{Listen}'; it must be an address with a port, or off. Say for instance --ops 127.0.0.1:7118.");
    }
}

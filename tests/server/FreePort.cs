using System.Net;
using System.Net.Sockets;

namespace Vault.Tests.Server;

/// <summary>Ports for what must know its port before it listens.</summary>
public static class FreePort
{
    /// <summary>A port of loopback that nobody listens on.</summary>
    public static int Next()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

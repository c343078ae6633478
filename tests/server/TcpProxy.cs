using System.Net;
using System.Net.Sockets;

namespace Vault.Tests.Server;

/// <summary>A loopback TCP proxy that a test can cut, or let change what passes.</summary>
public sealed class TcpProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _target;
    private readonly Func<byte[], int, bool, bool> _pass;
    private readonly List<TcpClient> _open = [];
    private readonly Task _accepting;

    /// <param name="target">Port on loopback.</param>
    /// <param name="pass">Sees each piece (buffer, length, whether it goes up) and may change it; false cuts the connection.</param>
    public TcpProxy(int target, Func<byte[], int, bool, bool>? pass = null)
    {
        _target = target;
        _pass = pass ?? ((_, _, _) => true);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Where to connect to.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How many connections came.</summary>
    public int Accepted { get; private set; }

    /// <summary>Breaks every open connection, as a pulled cable would.</summary>
    public void Cut()
    {
        lock (_open)
        {
            foreach (var client in _open)
            {
                if (client.Client is { } socket) // null once a pump has disposed it
                {
                    socket.LingerState = new LingerOption(true, 0);
                }

                client.Dispose();
            }

            _open.Clear();
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        Cut();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync();
                var server = new TcpClient();
                try
                {
                    await server.ConnectAsync(IPAddress.Loopback, _target);
                }
                catch (SocketException)
                {
                    client.Dispose(); // nobody listens at the moment
                    server.Dispose();
                    continue;
                }

                Accepted++;
                lock (_open)
                {
                    _open.AddRange([client, server]);
                }

                _ = PumpAsync(client, server, up: true);
                _ = PumpAsync(server, client, up: false);
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private async Task PumpAsync(TcpClient from, TcpClient to, bool up)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            for (int read; (read = await from.GetStream().ReadAsync(buffer)) > 0;)
            {
                if (!_pass(buffer, read, up))
                {
                    break;
                }

                await to.GetStream().WriteAsync(buffer.AsMemory(0, read));
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException or InvalidOperationException or SocketException)
        {
            // Cut.
        }
        finally
        {
            from.Dispose();
            to.Dispose();
        }
    }
}

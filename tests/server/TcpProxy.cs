using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Vault.Tests.Server;

/// <summary>A loopback TCP proxy that a test can cut, or let change what passes.</summary>
public sealed class TcpProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _target;
    private readonly Func<byte[], int, bool, bool> _pass;
    private readonly TimeSpan _delay;
    private readonly List<TcpClient> _open = [];
    private readonly Task _accepting;

    /// <param name="target">Port on loopback.</param>
    /// <param name="pass">Sees each piece (buffer, length, whether it goes up) and may change it; false cuts the connection.</param>
    /// <param name="delay">How long each piece is under way, in either direction: half of a round trip.</param>
    public TcpProxy(int target, Func<byte[], int, bool, bool>? pass = null, TimeSpan delay = default)
    {
        _delay = delay;
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
            _open.ForEach(Break);
            _open.Clear();
        }
    }

    /// <summary>Breaks the connection that came last, and no other.</summary>
    public void CutNewest()
    {
        lock (_open)
        {
            _open[^2..].ForEach(Break);
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        Cut();
        await _accepting;
    }

    private static void Break(TcpClient client)
    {
        if (client.Client is { } socket) // null once a pump has disposed it
        {
            socket.LingerState = new LingerOption(true, 0);
        }

        client.Dispose();
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
        catch (Exception error) when (error is SocketException or InvalidOperationException)
        {
            // Stopped: while it waited, or between two connections.
        }
    }

    private async Task PumpAsync(TcpClient from, TcpClient to, bool up)
    {
        var buffer = new byte[64 * 1024];
        var pieces = System.Threading.Channels.Channel.CreateUnbounded<(DateTime Due, byte[] Bytes)>();
        var arriving = ArriveAsync(pieces.Reader, to);
        try
        {
            for (int read; (read = await from.GetStream().ReadAsync(buffer)) > 0;)
            {
                if (!_pass(buffer, read, up))
                {
                    break;
                }

                if (_delay == TimeSpan.Zero)
                {
                    await to.GetStream().WriteAsync(buffer.AsMemory(0, read));
                }
                else
                {
                    pieces.Writer.TryWrite((DateTime.UtcNow + _delay, buffer[..read]));
                }
            }
        }
        catch (Exception error) when (IsCut(error))
        {
            // Cut.
        }
        finally
        {
            pieces.Writer.Complete();
            await arriving;
            from.Dispose();
            to.Dispose();
        }
    }

    private static async Task ArriveAsync(ChannelReader<(DateTime Due, byte[] Bytes)> pieces, TcpClient to)
    {
        try
        {
            await foreach (var (due, bytes) in pieces.ReadAllAsync())
            {
                var left = due - DateTime.UtcNow;
                if (left > TimeSpan.Zero)
                {
                    await Task.Delay(left);
                }

                await to.GetStream().WriteAsync(bytes);
            }
        }
        catch (Exception error) when (IsCut(error))
        {
            to.Dispose(); // and nothing comes back any more
        }
    }

    private static bool IsCut(Exception error) =>
        error is IOException or ObjectDisposedException or InvalidOperationException or SocketException;
}

using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Vault.Gateway.Tests.Channel;

/// <summary>One message on its way, without its length.</summary>
/// <param name="Connection">From 0.</param>
/// <param name="Up">Whether it goes to the server.</param>
/// <param name="Number">From 0 in its direction: messages 1 and 3 of the handshake are 0 and 1 up, message 2 is 0 down.</param>
/// <param name="Bytes">Ciphertext.</param>
internal sealed record Passing(int Connection, bool Up, int Number, byte[] Bytes)
{
    /// <summary>Whether it is a transport message, and the how-manieth in its direction.</summary>
    public int Record => Number - (Up ? 2 : 1);
}

/// <summary>What somebody in the middle makes of a message.</summary>
/// <param name="Bytes">Written to the other side, lengths and all; none hold the message back.</param>
/// <param name="Cut">Whether both sides are closed then.</param>
internal readonly record struct Onward(byte[] Bytes, bool Cut = false);

/// <summary>Somebody in the middle who knows where each message begins, keeps what passes and may change it.</summary>
internal sealed class RecordProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _target;
    private readonly Func<Passing, Onward> _change;
    private readonly Lock _gate = new();
    private readonly List<Passing> _passed = [];
    private readonly List<Task> _connections = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;

    /// <param name="target">Port on loopback.</param>
    /// <param name="change">Runs for one message at a time; everything passes unchanged if absent.</param>
    public RecordProxy(int target, Func<Passing, Onward>? change = null)
    {
        _target = target;
        _change = change ?? Unchanged;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How many connections came.</summary>
    public int Accepted { get; private set; }

    /// <summary>What came in, of all connections.</summary>
    public IReadOnlyList<Passing> Passed
    {
        get
        {
            lock (_gate)
            {
                return [.. _passed];
            }
        }
    }

    public static Onward Unchanged(Passing message) => new(RawPeer.Framed(message.Bytes));

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _stop.CancelAsync();
        await _accepting;
        await Task.WhenAll(_connections);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync();
                _connections.Add(RunAsync(client, Accepted++));
            }
        }
        catch (Exception error) when (error is SocketException or InvalidOperationException)
        {
            // Stopped: while it waited, or between two connections.
        }
    }

    private async Task RunAsync(TcpClient client, int connection)
    {
        using (client)
        using (var server = new TcpClient { NoDelay = true })
        {
            client.NoDelay = true;
            await server.ConnectAsync(IPAddress.Loopback, _target);
            await Task.WhenAny(PumpAsync(client, server, connection, up: true), PumpAsync(server, client, connection, up: false));
        }
    }

    private async Task PumpAsync(TcpClient from, TcpClient to, int connection, bool up)
    {
        var (source, target) = (from.GetStream(), to.GetStream());
        var length = new byte[2];
        try
        {
            for (var number = 0; ; number++)
            {
                await source.ReadExactlyAsync(length, _stop.Token);
                var bytes = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
                await source.ReadExactlyAsync(bytes, _stop.Token);
                var (onward, cut) = Change(new Passing(connection, up, number, bytes));
                await target.WriteAsync(onward, _stop.Token);
                if (cut)
                {
                    return;
                }
            }
        }
        catch (Exception error) when (
            error is IOException or ObjectDisposedException or InvalidOperationException or OperationCanceledException)
        {
            // One side went away.
        }
    }

    private Onward Change(Passing message)
    {
        lock (_gate)
        {
            _passed.Add(message);
            return _change(message);
        }
    }
}

using System.Net;
using System.Net.Sockets;

namespace Vault.Bench;

/// <summary>Passes one client's connections on to a server and counts the bytes of both directions, handshakes and records included; like a link of some rate, where one is given.</summary>
internal sealed class CountingRelay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly LinkRate _upward, _downward;
    private readonly Task _accepting;
    private long _up;
    private long _down;

    /// <param name="target">The server's port.</param>
    /// <param name="bytesPerSecond">What each direction lets pass, all connections together.</param>
    public CountingRelay(int target, double bytesPerSecond = double.PositiveInfinity)
    {
        Target = target;
        (_upward, _downward) = (new LinkRate(bytesPerSecond), new LinkRate(bytesPerSecond));
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>The server's port; a change counts for the next connections.</summary>
    public int Target { get; set; }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public (long Up, long Down) Passed => (Interlocked.Read(ref _up), Interlocked.Read(ref _down));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // ended by the line above
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var passing = new List<Task>();
        try
        {
            while (true)
            {
                passing.Add(PassAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
            }
        }
        finally
        {
            await Task.WhenAll(passing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task PassAsync(TcpClient client)
    {
        using var near = client;
        using var far = new TcpClient();
        near.NoDelay = far.NoDelay = true;
        await far.ConnectAsync(IPAddress.Loopback, Target, _stop.Token);
        await Task.WhenAny(
            CopyAsync(near.GetStream(), far.GetStream(), _upward, count => Interlocked.Add(ref _up, count)),
            CopyAsync(far.GetStream(), near.GetStream(), _downward, count => Interlocked.Add(ref _down, count)));
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to, LinkRate rate, Action<int> count)
    {
        var buffer = new byte[64 * 1024];
        int read;
        while ((read = await from.ReadAsync(buffer, _stop.Token)) > 0)
        {
            count(read);
            await rate.PassAsync(read, _stop.Token);
            await to.WriteAsync(buffer.AsMemory(0, read), _stop.Token);
        }
    }
}

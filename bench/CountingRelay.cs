using System.Net;
using System.Net.Sockets;

namespace Vault.Bench;

/// <summary>Passes one client's connections on to a server and counts the bytes of both directions, handshakes and records included.</summary>
internal sealed class CountingRelay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;
    private long _up;
    private long _down;

    public CountingRelay(int target)
    {
        Target = target;
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
            CopyAsync(near.GetStream(), far.GetStream(), count => Interlocked.Add(ref _up, count)),
            CopyAsync(far.GetStream(), near.GetStream(), count => Interlocked.Add(ref _down, count)));
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to, Action<int> count)
    {
        var buffer = new byte[64 * 1024];
        int read;
        while ((read = await from.ReadAsync(buffer, _stop.Token)) > 0)
        {
            count(read);
            await to.WriteAsync(buffer.AsMemory(0, read), _stop.Token);
        }
    }
}

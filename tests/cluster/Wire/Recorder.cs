using System.Text;
using Vault.Tests.Server;

namespace Vault.Cluster.Tests.Wire;

/// <summary>Stands before a port and keeps every byte that passes.</summary>
internal sealed class Recorder : IAsyncDisposable
{
    private readonly TcpProxy _proxy;
    private readonly MemoryStream _up = new(), _down = new();

    public Recorder(int target) => _proxy = new TcpProxy(target, Keep);

    public int Port => _proxy.Port;

    /// <summary>How many connections came.</summary>
    public int Accepted => _proxy.Accepted;

    /// <summary>What went to the port, and what it answered, so far.</summary>
    public (byte[] Up, byte[] Down) Passed()
    {
        lock (_up)
        {
            return (_up.ToArray(), _down.ToArray());
        }
    }

    /// <summary>Whether a text is in what went either way.</summary>
    public bool Shows(string text)
    {
        var (up, down) = Passed();
        var bytes = Encoding.UTF8.GetBytes(text);
        return up.AsSpan().IndexOf(bytes) >= 0 || down.AsSpan().IndexOf(bytes) >= 0;
    }

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        await _up.DisposeAsync();
        await _down.DisposeAsync();
    }

    private bool Keep(byte[] bytes, int length, bool up)
    {
        lock (_up)
        {
            (up ? _up : _down).Write(bytes, 0, length);
        }

        return true;
    }
}

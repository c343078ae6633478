using System.Globalization;
using Garnet;

namespace Vault.Tests.Server;

/// <summary>A server of the Redis protocol in this process, on a free port. What it holds outlives a stop.</summary>
public sealed class RedisServer : IDisposable
{
    private readonly string[] _options;
    private GarnetServer? _server;

    private RedisServer(string[] options, int port)
    {
        _options = options;
        Port = port;
    }

    /// <summary>Where it listens on loopback.</summary>
    public int Port { get; }

    /// <summary>For <c>--redis</c>.</summary>
    public string Address => $"127.0.0.1:{Port}";

    /// <summary>Starts one.</summary>
    /// <param name="folder">Where it keeps what it holds.</param>
    /// <param name="options">More of Garnet's command line.</param>
    public static RedisServer Start(string folder, params string[] options)
    {
        var port = FreePort.Next();
        var server = new RedisServer(
            [
                "--port", port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--lua", "--memory", "64m", "--index", "1m",
                "--aof", "--aof-commit-wait", "--recover", "--device-type", "RandomAccess", // what was answered is there after a stop
                "--checkpointdir", folder, "--logger-level", "Error",
                .. options,
            ],
            port);
        server.StartAgain();
        return server;
    }

    /// <summary>Breaks every connection and answers nobody until <see cref="StartAgain"/>.</summary>
    public void Stop()
    {
        _server?.Dispose();
        _server = null;
    }

    /// <summary>Starts it on the same port, with what it held.</summary>
    public void StartAgain()
    {
        _server = new GarnetServer(_options);
        _server.Start();
    }

    /// <inheritdoc />
    public void Dispose() => Stop();
}

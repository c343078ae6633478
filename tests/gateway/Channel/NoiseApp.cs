using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Vault.Client.Channel;
using Vault.Cryptography.Primitives;
using Vault.Gateway.Channel;
using Vault.Gateway.Hosting;

namespace Vault.Gateway.Tests.Channel;

/// <summary>A real listener behind the Noise middleware, with a few endpoints; it counts its connections and keeps its errors.</summary>
internal sealed class NoiseApp : IAsyncDisposable
{
    /// <summary>For what a busy machine may be slow at; no test waits for ever.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly SecretBytes _serverKey = SecretBytes.Random(X25519.KeyLength);
    private readonly SecretBytes _clientKey = SecretBytes.Random(X25519.KeyLength);
    private readonly ErrorLog _log = new();
    private readonly Lock _gate = new();
    private readonly List<(int Count, TaskCompletionSource Reached)> _waiting = [];
    private int _open;

    private NoiseApp()
    {
    }

    public WebApplication Host { get; private set; } = null!; // set by StartAsync, the only way here

    public int Port { get; private set; }

    /// <summary>The server's static key.</summary>
    public byte[] PublicKey { get; } = new byte[X25519.KeyLength];

    /// <summary>What the server logged as an error: an exception that nobody had expected.</summary>
    public IReadOnlyCollection<string> Errors => _log.Entries;

    /// <summary>How many connections ever came.</summary>
    public int Accepted { get; private set; }

    /// <param name="time">The clock of the handshakes' time-out of 10 s.</param>
    /// <param name="maxPerAddress">Handshakes at once from the one address that tests have.</param>
    /// <param name="maxConnections">Connections at once from it.</param>
    /// <param name="map">More endpoints.</param>
    public static async Task<NoiseApp> StartAsync(
        TimeProvider? time = null, int maxPerAddress = 128, int maxConnections = 2_000, Action<WebApplication>? map = null)
    {
        var app = new NoiseApp();
        X25519.PublicKey(app.PublicKey, app._serverKey.Span);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddProvider(app._log);
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>, BlockPool.Factory>();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.Http2.InitialConnectionWindowSize = 16 * 1024 * 1024;
            kestrel.Limits.Http2.InitialStreamWindowSize = 8 * 1024 * 1024;
            kestrel.Limits.Http2.MaxFrameSize = 64 * 1024;
            kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.Protocols = HttpProtocols.Http2;
                listen.Use(next => connection => app.CountAsync(next, connection));
                listen.UseNoise(new NoiseOptions
                {
                    StaticKey = app._serverKey,
                    Time = time ?? TimeProvider.System,
                    MaxHandshakes = 2_000,
                    MaxHandshakesPerAddress = maxPerAddress,
                    MaxConnectionsPerAddress = maxConnections,
                });
            });
        });
        app.Host = builder.Build();
        app.Host.MapGet("/hash", (HttpContext http) =>
            Convert.ToHexStringLower(http.Features.Get<INoiseConnectionFeature>()!.HandshakeHash.Span));
        app.Host.MapPost("/sha256", async (HttpContext http) =>
            await http.Response.WriteAsync(Convert.ToHexString(await SHA256.HashDataAsync(http.Request.Body, http.RequestAborted))));
        app.Host.MapGet("/bytes/{count}", async (HttpContext http, int count) =>
        {
            var block = new byte[256 * 1024];
            for (; count > 0; count -= block.Length)
            {
                await http.Response.BodyWriter.WriteAsync(block.AsMemory(0, Math.Min(count, block.Length)), http.RequestAborted);
            }
        });
        map?.Invoke(app.Host);
        await app.Host.StartAsync();
        app.Port = new Uri(app.Host.Urls.Single()).Port;
        return app;
    }

    /// <param name="port">Of a proxy in between; the server's own if absent.</param>
    public NoiseConnector Connector(int? port = null) => new("127.0.0.1", port ?? Port, _clientKey, _ => true, Patience);

    /// <summary>Waits until the server has so many connections open, with or without a finished handshake.</summary>
    public async Task UntilOpenAsync(int count)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_open == count)
            {
                return;
            }

            _waiting.Add((count, reached));
        }

        try
        {
            await reached.Task.WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"{_open} connections are open, not {count}.");
        }
    }

    /// <summary>A client as any other is served; afterwards the server has no connection and had no error.</summary>
    public async Task IsUnharmedAsync()
    {
        await UntilOpenAsync(0);
        using (var client = Connector().CreateHttpClient())
        {
            Assert.Equal(64, (await client.GetStringAsync("/hash")).Length);
        }

        await UntilOpenAsync(0);
        Assert.Empty(Errors);
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        _serverKey.Dispose();
        _clientKey.Dispose();
    }

    private async Task CountAsync(ConnectionDelegate next, ConnectionContext connection)
    {
        Count(1);
        try
        {
            await next(connection);
        }
        finally
        {
            Count(-1);
        }
    }

    private void Count(int by)
    {
        lock (_gate)
        {
            _open += by;
            Accepted += by > 0 ? 1 : 0;
            _waiting.RemoveAll(waiting => waiting.Count == _open && waiting.Reached.TrySetResult());
        }
    }

    private sealed class ErrorLog : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Entries { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                Entries.Enqueue($"{formatter(state, exception)} {exception}");
            }
        }

        public void Dispose()
        {
        }
    }
}

using System.Diagnostics;
using System.Globalization;

namespace Vault.Tests.Support;

/// <summary>
/// The Azure blob emulator on a free port of loopback, with a folder of its own. Ended with SIGTERM, as here, it loses
/// nothing; killed, it may lose what it acknowledged in the last seconds.
/// </summary>
public sealed class Azurite : IAsyncDisposable
{
    // The emulator's published account; it guards nothing.
    private const string Account = "devstoreaccount1";
    private const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly TemporaryFolder _folder = new();
    private readonly string[] _options;
    private readonly string[] _nodeOptions;
    private Process? _process;
    private int _containers;
    private int _requests;

    private Azurite(string[] nodeOptions, string[] options) => (_nodeOptions, _options) = (nodeOptions, options);

    /// <summary>Where it listens.</summary>
    public int Port { get; private set; }

    /// <summary>Its process.</summary>
    public int ProcessId => _process?.Id ?? throw new InvalidOperationException("It is stopped.");

    /// <summary>Where it keeps what it was given.</summary>
    public string Folder => _folder.Path;

    /// <summary>How many requests it has answered; a moment late, because it says so in its log.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>What a client needs to know.</summary>
    public string ConnectionString => ConnectionStringFor(Port);

    /// <summary>Starts it, empty.</summary>
    /// <param name="options">More of its command line.</param>
    public static Task<Azurite> StartAsync(params string[] options) => StartAsync([], options);

    /// <summary>
    /// The same for measurements. Its garbage is collected up to 15 times a second when blobs come in, and then for seconds not at all:
    /// the same upload takes 1 to 2.5 times the processor time. With a heap that is large from the start it always takes the least.
    /// </summary>
    public static Task<Azurite> StartSteadyAsync() => StartAsync(["--initial-old-space-size=512"], []);

    private static async Task<Azurite> StartAsync(string[] nodeOptions, string[] options)
    {
        var azurite = new Azurite(nodeOptions, options);
        try
        {
            await azurite.StartAgainAsync();
            return azurite;
        }
        catch
        {
            await azurite.DisposeAsync();
            throw;
        }
    }

    /// <summary>The same, reached through another port: a proxy's.</summary>
    public static string ConnectionStringFor(int port) =>
        $"DefaultEndpointsProtocol=http;AccountName={Account};AccountKey={Key};BlobEndpoint=http://127.0.0.1:{port}/{Account};";

    /// <summary>A container's URL, where it was started with a certificate.</summary>
    public string SecureUrl(string container) => $"https://127.0.0.1:{Port}/{Account}/{container}";

    /// <summary>The command line that makes a server keep everything here but its keys, in containers of its own.</summary>
    /// <param name="folder">Takes a file with the connection string: secrets are no part of a command line.</param>
    public string[] ServerOptions(string folder) => ServerOptions(folder, Port);

    /// <inheritdoc cref="ServerOptions(string)"/>
    /// <param name="folder">Takes a file with the connection string: secrets are no part of a command line.</param>
    /// <param name="port">Where the server reaches it: a proxy's.</param>
    public string[] ServerOptions(string folder, int port)
    {
        var secret = Path.Combine(folder, "azurite.connection");
        File.WriteAllText(secret, ConnectionStringFor(port));
        return
        [
            "--state", $"file:{secret}", "--Vault:Storage:StateContainer", NewContainer(),
            "--content", $"file:{secret}", "--Vault:Storage:ContentContainer", NewContainer(),
            "--Vault:Storage:Create", "true",
        ];
    }

    /// <summary>A container's name that was not used yet.</summary>
    public string NewContainer() => string.Create(
        CultureInfo.InvariantCulture, $"test-{Interlocked.Increment(ref _containers)}");

    /// <summary>Starts it where it was, on the same port, with what it had.</summary>
    public async Task StartAgainAsync()
    {
        _process = await Peers.StartNodeAsync(
            _nodeOptions, "azurite.mjs",
            ["--blobHost", "127.0.0.1", "--blobPort", $"{Port}", "--location", _folder.Path, "--disableTelemetry", .. _options]);
        _ = _process.StandardError.ReadToEndAsync();
        using var patience = new CancellationTokenSource(Patience);
        while (await _process.StandardOutput.ReadLineAsync(patience.Token) is { } line)
        {
            if (line.Contains("successfully listens on", StringComparison.Ordinal)
                || line.Contains("successfully listening at", StringComparison.Ordinal))
            {
                Port = new Uri(line.Split(' ')[^1]).Port;
                _ = CountAsync(_process.StandardOutput); // so that it never waits for a reader
                return;
            }
        }

        throw new InvalidOperationException("The blob emulator ended instead of listening.");
    }

    // A line of its log is a request.
    private async Task CountAsync(StreamReader output)
    {
        while (await output.ReadLineAsync() is not null)
        {
            Interlocked.Increment(ref _requests);
        }
    }

    /// <summary>Stops it as an operator does; what it holds stays.</summary>
    public async Task StopAsync()
    {
        if (_process is not { } process)
        {
            return;
        }

        _process = null;
        using (process)
        using (var patience = new CancellationTokenSource(Patience))
        {
            process.StandardInput.Close();
            await process.WaitForExitAsync(patience.Token);
        }
    }

    /// <summary>Halts it or lets it go on, with a signal: to its clients it is alive and slow.</summary>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{ProcessId}"]);
        await kill.WaitForExitAsync();
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _folder.Dispose();
    }
}

/// <summary>One emulator for the tests of a class.</summary>
public sealed class AzuriteFixture : IAsyncLifetime
{
    /// <summary>The emulator.</summary>
    public Azurite Azurite { get; private set; } = null!; // set before the first test

    /// <inheritdoc />
    public async Task InitializeAsync() => Azurite = await Azurite.StartAsync();

    /// <inheritdoc />
    public async Task DisposeAsync() => await Azurite.DisposeAsync();
}

using System.Diagnostics;
using Vault.Client;
using Vault.Tests.Support;

namespace Vault.Tests.Server;

/// <summary>One of the two executables as a process that a test starts, stops and kills as an operator does.</summary>
public sealed class ServerProgram : IAsyncDisposable
{
    // For a process to say that it listens or why it ended, on a busy machine; no test waits for ever.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static readonly Dictionary<string, string> NoEnvironment = [];

    private readonly Process _process;
    private readonly Task<string> _errors;

    private ServerProgram(Process process)
    {
        _process = process;
        _errors = process.StandardError.ReadToEndAsync();
    }

    /// <summary>Its process id.</summary>
    public int Id => _process.Id;

    /// <summary>Address and port from the line that says it listens.</summary>
    public string Listening { get; private set; } = "";

    /// <summary>Where its operator looks.</summary>
    public Uri Operations { get; private set; } = null!; // set by StartAsync

    /// <summary>Everything it printed as errors; ends when it does.</summary>
    public Task<string> Errors => _errors;

    /// <summary>Everything it printed behind its first lines; ends when it does.</summary>
    public Task<string> Output { get; private set; } = Task.FromResult("");

    /// <summary>Where clients connect to, pinned; only with a gateway in it.</summary>
    public ServerAddress Address { get; private set; } = null!; // set by StartAsync

    /// <summary>Starts the server and waits until it listens.</summary>
    /// <exception cref="InvalidOperationException">It ended before; the message has its errors.</exception>
    public static Task<ServerProgram> StartServerAsync(params string[] options) =>
        StartServerAsync(NoEnvironment, options);

    /// <inheritdoc cref="StartServerAsync(string[])" />
    public static Task<ServerProgram> StartServerAsync(
        IReadOnlyDictionary<string, string> environment, params string[] options) =>
        StartAsync("silo", hasGateway: true, environment, options);

    /// <inheritdoc cref="StartServerAsync(string[])" />
    public static Task<ServerProgram> StartSiloAsync(params string[] options) =>
        StartAsync("silo", hasGateway: false, NoEnvironment, ["--role", "silo", .. options]);

    /// <inheritdoc cref="StartServerAsync(string[])" />
    public static Task<ServerProgram> StartGatewayAsync(params string[] options) =>
        StartAsync("gateway", hasGateway: true, NoEnvironment, options);

    /// <summary>Starts a server from elsewhere than its project, and waits until it listens.</summary>
    /// <param name="path">The program.</param>
    /// <param name="hasGateway">Whether clients can connect to it.</param>
    /// <param name="environment">What is added to the environment.</param>
    /// <param name="options">The command line.</param>
    /// <exception cref="InvalidOperationException">It ended before; the message has its errors.</exception>
    public static Task<ServerProgram> StartFromAsync(
        string path, bool hasGateway, IReadOnlyDictionary<string, string> environment, params string[] options) =>
        StartedAsync(path, hasGateway, environment, options);

    /// <summary>Starts a server and does not wait for anything.</summary>
    public static ServerProgram BeginServer(params string[] options) => new(Start(Built("silo"), NoEnvironment, options));

    /// <summary>Starts a gateway and does not wait for anything.</summary>
    public static ServerProgram BeginGateway(params string[] options) => new(Start(Built("gateway"), NoEnvironment, options));

    /// <summary>Runs a server that is expected to end by itself.</summary>
    public static Task<(int ExitCode, string Errors)> RunServerAsync(
        IReadOnlyDictionary<string, string> environment, params string[] options) => RunAsync("silo", environment, options);

    /// <summary>Runs a gateway that is expected to end by itself.</summary>
    public static Task<(int ExitCode, string Errors)> RunGatewayAsync(
        IReadOnlyDictionary<string, string> environment, params string[] options) => RunAsync("gateway", environment, options);

    /// <summary>SIGSTOP: it does nothing more, and knows nothing of it.</summary>
    public Task PauseAsync() => SignalAsync("-STOP");

    /// <summary>SIGCONT: it goes on where it was paused.</summary>
    public Task ResumeAsync() => SignalAsync("-CONT");

    /// <summary>Asks it to stop, as systemd and container runtimes do, and waits for its exit code.</summary>
    public async Task<int> StopAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        await SignalAsync("-TERM");
        await _process.WaitForExitAsync(patience.Token);
        return _process.ExitCode;
    }

    /// <summary>Waits for it to end by itself, and returns its exit code.</summary>
    public async Task<int> UntilExitAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        await _process.WaitForExitAsync(patience.Token);
        return _process.ExitCode;
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        await _errors;
        _process.Dispose();
    }

    private static async Task<(int ExitCode, string Errors)> RunAsync(
        string folder, IReadOnlyDictionary<string, string> environment, string[] options)
    {
        await using var program = new ServerProgram(Start(Built(folder), environment, options));
        using var patience = new CancellationTokenSource(Patience);
        await program._process.StandardOutput.ReadToEndAsync(patience.Token);
        await program._process.WaitForExitAsync(patience.Token);
        return (program._process.ExitCode, await program._errors);
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [signal, $"{_process.Id}"]);
        await kill.WaitForExitAsync();
    }

    private static Task<ServerProgram> StartAsync(
        string folder, bool hasGateway, IReadOnlyDictionary<string, string> environment, string[] options) =>
        StartedAsync(Built(folder), hasGateway, environment, options);

    private static async Task<ServerProgram> StartedAsync(
        string path, bool hasGateway, IReadOnlyDictionary<string, string> environment, string[] options)
    {
        var program = new ServerProgram(Start(path, environment, options));
        try
        {
            using var patience = new CancellationTokenSource(Patience);
            while (await program._process.StandardOutput.ReadLineAsync(patience.Token) is { } line)
            {
                if (program.Reads(line, hasGateway))
                {
                    program.Output = program._process.StandardOutput.ReadToEndAsync(CancellationToken.None); // so that it never waits for a reader
                    return program;
                }
            }

            throw new InvalidOperationException($"{path} did not start: {await program._errors}");
        }
        catch
        {
            await program.DisposeAsync();
            throw;
        }
    }

    // Whether this was the last line of what it says at its start.
    private bool Reads(string line, bool hasGateway)
    {
        if (line.Contains(" listening ", StringComparison.Ordinal))
        {
            Listening = line.Split(' ')[^1];
        }
        else if (line.StartsWith("Server key", StringComparison.Ordinal)
            && ServerAddress.TryParse($"{Listening}#{line.Split(' ')[^1]}", out var address))
        {
            Address = address;
        }
        else if (line.StartsWith("Health", StringComparison.Ordinal))
        {
            Operations = new Uri(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]);
            return Listening.Length > 0 && (!hasGateway || Address is not null);
        }

        return false;
    }

    /// <summary>Where a project puts its program.</summary>
    /// <param name="folder">The project's: <c>silo</c> or <c>gateway</c>.</param>
    public static string Built(string folder)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent?.Name ?? "Debug";
        var program = folder == "silo" ? "Vault.Silo.dll" : "Vault.Gateway.dll";
        return Path.Combine(Repository.Root, folder, "bin", configuration, "net10.0", program);
    }

    private static Process Start(string path, IReadOnlyDictionary<string, string> environment, string[] options)
    {
        var start = new ProcessStartInfo("dotnet", [path, .. options is ["admin" or "invite", ..] ? [] : (string[])["--ops", "127.0.0.1:0"], .. options])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start) ?? throw new InvalidOperationException("dotnet did not start.");
    }
}

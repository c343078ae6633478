using System.Diagnostics;
using Vault.Client;
using Vault.Tests.Support;

namespace Vault.EndToEnd.Tests.Hosting;

/// <summary>One of the two executables as a process that a test starts and stops as an operator does.</summary>
internal sealed class HostProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task<string> _errors;

    private HostProcess(Process process)
    {
        _process = process;
        _errors = process.StandardError.ReadToEndAsync();
    }

    /// <summary>Address and port from the line that says it listens.</summary>
    public string Listening { get; private set; } = "";

    /// <summary>Where clients connect to, pinned; only with a gateway in it.</summary>
    public ServerAddress Address { get; private set; } = null!; // set by StartAsync

    public static Task<HostProcess> StartServerAsync(params string[] options) => StartAsync("silo", hasGateway: true, options);

    public static Task<HostProcess> StartSiloAsync(params string[] options) => StartAsync("silo", hasGateway: false, options);

    public static Task<HostProcess> StartGatewayAsync(params string[] options) => StartAsync("gateway", hasGateway: true, options);

    /// <summary>Runs a server that is expected to end by itself.</summary>
    public static async Task<(int ExitCode, string Errors)> RunServerAsync(
        IReadOnlyDictionary<string, string> environment, params string[] options)
    {
        await using var host = new HostProcess(Start("silo", environment, options));
        await host._process.StandardOutput.ReadToEndAsync();
        await host._process.WaitForExitAsync();
        return (host._process.ExitCode, await host._errors);
    }

    /// <summary>Asks it to stop, as systemd and container runtimes do, and waits for its exit code.</summary>
    public async Task<int> StopAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        await kill.WaitForExitAsync();
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        await _errors;
        _process.Dispose();
    }

    private static async Task<HostProcess> StartAsync(string folder, bool hasGateway, string[] options)
    {
        var host = new HostProcess(Start(folder, new Dictionary<string, string>(), options));
        while (await host._process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.Contains(" listening ", StringComparison.Ordinal))
            {
                host.Listening = line.Split(' ')[^1];
            }

            var key = line.StartsWith("Server key", StringComparison.Ordinal) ? line.Split(' ')[^1] : null;
            if (key is not null && ServerAddress.TryParse($"{host.Listening}#{key}", out var address))
            {
                host.Address = address;
            }

            if (host.Listening.Length > 0 && (!hasGateway || key is not null))
            {
                _ = host._process.StandardOutput.ReadToEndAsync(); // so that it never waits for a reader
                return host;
            }
        }

        await using (host)
        {
            throw new InvalidOperationException($"{folder} did not start: {await host._errors}");
        }
    }

    private static Process Start(string folder, IReadOnlyDictionary<string, string> environment, string[] options)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent?.Name ?? "Debug";
        var program = folder == "silo" ? "Vault.Silo.dll" : "Vault.Gateway.dll";
        var path = Path.Combine(Repository.Root, folder, "bin", configuration, "net10.0", program);
        var start = new ProcessStartInfo("dotnet", [path, .. options])
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

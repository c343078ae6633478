using System.Diagnostics;
using Vault.Client;
using Vault.Tests.Support;

namespace Vault.Tests.Server;

/// <summary>A server's executable as a process of its own, that a test can kill.</summary>
public sealed class ServerProgram : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task<string> _errors;

    private ServerProgram(Process process, Task<string> errors, IReadOnlyDictionary<string, string> lines)
    {
        _process = process;
        _errors = errors;
        Lines = lines;
    }

    /// <summary>What it printed at its start: the words before and after the first run of blanks, or after "on".</summary>
    public IReadOnlyDictionary<string, string> Lines { get; }

    /// <summary>Its process id.</summary>
    public int Id => _process.Id;

    /// <summary>Where clients connect to, pinned.</summary>
    public ServerAddress Address => ServerAddress.TryParse($"{Lines["listening"]}#{Lines["key"]}", out var address)
        ? address
        : throw new InvalidOperationException("The server printed no address and key.");

    /// <summary>Starts <c>Vault.Silo</c> or <c>Vault.Gateway</c> and waits until it listens.</summary>
    /// <exception cref="InvalidOperationException">It ended before; the message has its errors.</exception>
    public static async Task<ServerProgram> StartAsync(string program, params string[] options)
    {
        var process = Start(program, options);
        var errors = process.StandardError.ReadToEndAsync();
        var lines = new Dictionary<string, string>();
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.Split(" listening ", 2) is [_, var rest])
            {
                lines["listening"] = rest.Split(' ')[^1];
            }
            else if (line.StartsWith("Server key", StringComparison.Ordinal))
            {
                lines["key"] = line["Server key".Length..].Trim();
            }

            var expected = program == "Vault.Silo" && options.Contains("silo") ? 1 : 2;
            if (lines.Count == expected)
            {
                _ = process.StandardOutput.ReadToEndAsync();
                return new ServerProgram(process, errors, lines);
            }
        }

        throw new InvalidOperationException($"{program} did not start: {await errors}");
    }

    /// <summary>Runs a program that is expected to end by itself.</summary>
    public static async Task<(int ExitCode, string Errors)> RunAsync(string program, params string[] options)
    {
        using var process = Start(program, options);
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = await process.StandardError.ReadToEndAsync();
        await output;
        await process.WaitForExitAsync();
        return (process.ExitCode, errors);
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

    private static Process Start(string program, string[] options)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent?.Name ?? "Debug";
        var folder = program == "Vault.Silo" ? "silo" : "gateway";
        var path = Path.Combine(Repository.Root, folder, "bin", configuration, "net10.0", $"{program}.dll");
        return Process.Start(new ProcessStartInfo("dotnet", [path, .. options])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        }) ?? throw new InvalidOperationException("dotnet did not start.");
    }
}

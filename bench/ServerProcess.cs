using System.Diagnostics;
using System.Globalization;
using Vault.Client;

namespace Vault.Bench;

/// <summary>The server as a process of its own, as the README starts it, so that its memory and its cores are its own.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private readonly Process _process;
    private bool _isStopped;

    private ServerProcess(Process process, ServerAddress address, TimeSpan start)
    {
        _process = process;
        Address = address;
        StartTime = start;
    }

    public ServerAddress Address { get; }

    /// <summary>The process's number.</summary>
    public int Id => _process.Id;

    /// <summary>The same as a client's command line has it, with the server's key.</summary>
    public string Pinned => $"{Address}#{Address.Key}";

    /// <summary>From starting the process to its line that it listens.</summary>
    public TimeSpan StartTime { get; }

    public static Task<ServerProcess> StartAsync(string dataFolder, params string[] options) =>
        StartAsync("dotnet", [], dataFolder, ["--listen", "127.0.0.1:0", .. options]);

    /// <summary>Starts it in a network namespace; the options say where it listens.</summary>
    public static Task<ServerProcess> StartInAsync(string networkNamespace, string dataFolder, params string[] options) =>
        StartAsync("ip", ["netns", "exec", networkNamespace, "dotnet"], dataFolder, options);

    private static async Task<ServerProcess> StartAsync(string program, string[] before, string dataFolder, string[] options)
    {
        var clock = Stopwatch.StartNew();
        var process = Process.Start(new ProcessStartInfo(
            program, [.. before, Path.Combine(AppContext.BaseDirectory, "Vault.Silo.dll"), "--data", dataFolder,
                "--Vault:AnonymousBurst", "100000", "--Vault:AnonymousPerSecond", "10000",
                "--Vault:MaxConnectionsPerAddress", "10000", "--ops", "off", .. options])
        {
            RedirectStandardOutput = true,
        })!;
        string? place = null;
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("Vault is listening on ", StringComparison.Ordinal))
            {
                place = line["Vault is listening on ".Length..];
            }
            else if (place is not null && line.StartsWith("Server key", StringComparison.Ordinal))
            {
                var started = clock.Elapsed;
                _ = process.StandardOutput.ReadToEndAsync();
                return ServerAddress.TryParse($"{place}#{line["Server key".Length..].Trim()}", out var address)
                    ? new ServerProcess(process, address, started)
                    : throw new InvalidOperationException($"The server printed '{line}'.");
            }
        }

        throw new InvalidOperationException("The server did not start.");
    }

    /// <summary>Resident memory, now and at its highest, in MiB.</summary>
    public (double Now, double Peak) Memory() => (Memory(_process.Id, "VmRSS"), Memory(_process.Id, "VmHWM"));

    /// <summary>Processor time used so far, in seconds.</summary>
    public double ProcessorSeconds()
    {
        _process.Refresh();
        return _process.TotalProcessorTime.TotalSeconds;
    }

    /// <summary>The same of this process.</summary>
    public static double OwnProcessorSeconds() => Environment.CpuUsage.TotalTime.TotalSeconds;

    /// <summary>Highest resident memory of this process, in MiB.</summary>
    public static double OwnPeak() => Memory(Environment.ProcessId, "VmHWM");

    public async ValueTask DisposeAsync()
    {
        if (_isStopped)
        {
            return;
        }

        _isStopped = true;
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static double Memory(int id, string name)
    {
        var line = File.ReadLines($"/proc/{id}/status").First(text => text.StartsWith(name, StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }
}

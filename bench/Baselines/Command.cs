using System.Diagnostics;

namespace Vault.Bench.Baselines;

/// <summary>Runs other programs and finds out which are there.</summary>
internal static class Command
{
    /// <summary>The full path of a program on the PATH or in the system folders; null where it is not installed.</summary>
    public static string? Find(string name)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Append("/usr/sbin");
        return folders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
    }

    /// <summary>Runs a shell line to its end.</summary>
    /// <exception cref="InvalidOperationException">It ended with another code than 0.</exception>
    public static async Task RunAsync(string line)
    {
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", line]) { RedirectStandardError = true })!;
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"'{line}' ended with {process.ExitCode}: {errors}");
        }
    }

    /// <summary>What a shell line prints.</summary>
    /// <exception cref="InvalidOperationException">It ended with another code than 0; what it said is on standard error.</exception>
    public static async Task<string> ReadAsync(string line)
    {
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", line]) { RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"'{line}' ended with {process.ExitCode}.");
    }

    /// <summary>Seconds that a shell line takes.</summary>
    public static async Task<double> TimeAsync(string line)
    {
        var clock = Stopwatch.StartNew();
        await RunAsync(line);
        return clock.Elapsed.TotalSeconds;
    }
}

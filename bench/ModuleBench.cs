using System.Diagnostics;
using System.Globalization;

namespace Vault.Bench;

/// <summary>How long the module takes to load in a fresh process, and the Tab key to answer where the server is gone.</summary>
/// <remarks>Needs pwsh 7.6 or later: the one on the PATH, or the .NET tool that the repository names (<c>dotnet tool restore</c>).</remarks>
internal static class ModuleBench
{
    private const int Processes = 10;

    private static string Root
    {
        get
        {
            var folder = AppContext.BaseDirectory;
            while (!File.Exists(Path.Combine(folder, "Vault.sln")))
            {
                folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("Run the bench from the repository.");
            }

            return folder;
        }
    }

    // Nothing is signed in and no server runs: Import-Module reaches for no network, and completion answers all the same.
    private const string Script = """
        param($manifest)
        $process = [System.Diagnostics.Process]::GetCurrentProcess()
        $before = $process.TotalProcessorTime
        $watch = [System.Diagnostics.Stopwatch]::StartNew()
        Import-Module $manifest
        $import = $watch.Elapsed.TotalMilliseconds
        $process.Refresh()
        $processor = ($process.TotalProcessorTime - $before).TotalMilliseconds
        $line = 'Receive-VaultFile '
        $null = [System.Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null)
        $watch.Restart()
        $null = [System.Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null)
        ($import, $processor, $watch.Elapsed.TotalMilliseconds).ForEach({ $_.ToString([cultureinfo]::InvariantCulture) }) -join ' '
        """;

    public static async Task RunAsync()
    {
        var script = Path.GetTempFileName() + ".ps1";
        await File.WriteAllTextAsync(script, Script);
        try
        {
            var times = new List<(double Import, double Processor, double Completion)>();
            for (var process = 0; process < Processes; process++)
            {
                times.Add(await MeasureAsync(script));
            }

            Report.Section($"PowerShell module: {Processes} fresh processes, no server");
            Report.Row("Import-Module", Spread(times.Select(time => time.Import)));
            Report.Row("processor time of it, all threads", Spread(times.Select(time => time.Processor)));
            Report.Row("Tab without a session", Spread(times.Select(time => time.Completion)));
        }
        finally
        {
            File.Delete(script);
        }
    }

    private static async Task<(double Import, double Processor, double Completion)> MeasureAsync(string script)
    {
        var start = new ProcessStartInfo(
            "dotnet",
            [
                "tool", "run", "pwsh", "--", "-NoProfile", "-NonInteractive", "-File", script,
                Path.Combine(Root, "artifacts", "Vault", "Vault.psd1"),
            ])
        {
            RedirectStandardOutput = true,
            WorkingDirectory = Root,
        };
        using var process = Process.Start(start)!; // null only where a shell starts it
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return output.Split(' ', StringSplitOptions.TrimEntries) is [var import, var processor, var completion] && process.ExitCode == 0
            ? (double.Parse(import, CultureInfo.InvariantCulture), double.Parse(processor, CultureInfo.InvariantCulture), double.Parse(completion, CultureInfo.InvariantCulture))
            : throw new InvalidOperationException($"pwsh cannot be run (dotnet tool restore installs it): {output}");
    }

    private static string Spread(IEnumerable<double> milliseconds)
    {
        var sorted = milliseconds.Order().ToList();
        return $"{sorted[sorted.Count / 2]:F0} ms ({sorted[0]:F0}-{sorted[^1]:F0})";
    }
}

using System.Globalization;
using System.Security.Cryptography;
using Vault.Tests.Support;

namespace Vault.Bench;

/// <summary>What it costs that somebody looks: sends from a real pwsh in a terminal, with the bars drawn and without, in turn.</summary>
/// <remarks>Needs pwsh as <see cref="Pwsh"/> says, and script(1).</remarks>
internal static class ProgressBench
{
    private const int Rounds = 8, Mebibytes = 512;

    // Each line: whether bars were drawn, seconds, processor seconds of this process. The first two sends only warm up.
    private const string SendScript = """
        param($manifest, $server, $source, $results, $rounds)
        $ErrorActionPreference = 'Stop'
        Import-Module $manifest
        $password = [System.Net.NetworkCredential]::new('', 'correct horse').SecurePassword
        $null = New-VaultAccount -Server $server -Email ada@example.org -Password $password -WarningAction SilentlyContinue
        $process = [System.Diagnostics.Process]::GetCurrentProcess()
        $lines = foreach ($round in 0..$rounds) {
            foreach ($preference in $(if ($round % 2) { 'Continue', 'SilentlyContinue' } else { 'SilentlyContinue', 'Continue' })) {
                $global:ProgressPreference = $preference
                $process.Refresh()
                $before = $process.TotalProcessorTime
                $watch = [System.Diagnostics.Stopwatch]::StartNew()
                Send-VaultFile $source
                $seconds = $watch.Elapsed.TotalSeconds
                $process.Refresh()
                $work = ($process.TotalProcessorTime - $before).TotalSeconds
                Remove-VaultFile (Split-Path -Leaf $source) -Permanent -Confirm:$false
                if ($round) { ("$preference", $seconds.ToString([cultureinfo]::InvariantCulture), $work.ToString([cultureinfo]::InvariantCulture)) -join '|' }
            }
        }
        [System.IO.File]::WriteAllLines($results, [string[]]$lines)
        """;

    public static async Task RunAsync()
    {
        using var folder = new TemporaryFolder();
        var (script, source, results) = (folder.File("send.ps1"), folder.File("source.bin"), folder.File("results.txt"));
        await File.WriteAllTextAsync(script, SendScript);
        await using (var file = File.Create(source))
        {
            for (var written = 0; written < Mebibytes; written++)
            {
                await file.WriteAsync(RandomNumberGenerator.GetBytes(1024 * 1024));
            }
        }

        await using var server = await ServerProcess.StartAsync(folder.File("data"));
        var drawn = await Pwsh.RunInTerminalAsync(
            folder, script, Pwsh.Manifest, server.Pinned, source, results, Rounds.ToString(CultureInfo.InvariantCulture));
        if (!drawn.Contains(" of ", StringComparison.Ordinal))
        {
            throw new InvalidOperationException($"No progress was drawn: {drawn}");
        }

        var sends = (await File.ReadAllLinesAsync(results)).Select(line => line.Split('|')).ToLookup(
            parts => parts[0], parts => (Time: Number(parts[1]), Work: Number(parts[2])));
        var (seen, unseen) = (sends["Continue"].ToList(), sends["SilentlyContinue"].ToList());
        Report.Section($"Progress: {Mebibytes} MiB sent from pwsh in a terminal, {Rounds} times with bars and {Rounds} times without, in turn; the middle");
        Row("with bars", seen);
        Row("without", unseen);
        Report.Row("with bars, of the time without", $"{Median(seen, send => send.Time) / Median(unseen, send => send.Time):F3}; "
            + $"of the processor time {Median(seen, send => send.Work) / Median(unseen, send => send.Work):F3}");
    }

    private static void Row(string what, List<(double Time, double Work)> sends) => Report.Row(
        what, $"{Median(sends, send => send.Time):F2} s, processor time of the client {Median(sends, send => send.Work):F2} s");

    private static double Median(List<(double Time, double Work)> sends, Func<(double Time, double Work), double> figure) =>
        Report.Median([.. sends.Select(figure)]);

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}

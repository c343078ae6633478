using System.Globalization;
using Vault.Tests.Support;

namespace Vault.Bench;

/// <summary>What it costs that somebody looks: sends from a real pwsh in a terminal, with the bars drawn and without, in turn, and as many
/// bars as such a send draws while nothing is sent, which is what pwsh and the terminal take.</summary>
/// <remarks>Needs pwsh as <see cref="Pwsh"/> says, and script(1).</remarks>
internal static class ProgressBench
{
    private static readonly (int Mebibytes, int Rounds)[] Lengths = [(512, 12), (2048, 4)];

    // Each line: whether bars were drawn, seconds, processor seconds of this process. The first round only warms up.
    private const string SendScript = """
        param($manifest, $server, $source, $results, $rounds)
        $ErrorActionPreference = 'Stop'
        Import-Module $manifest
        $password = [System.Net.NetworkCredential]::new('', 'correct horse').SecurePassword
        $null = New-VaultAccount -Server $server -Email ada@example.org -Password $password -WarningAction SilentlyContinue
        $process = [System.Diagnostics.Process]::GetCurrentProcess()
        function Measure-Work([string] $what, [scriptblock] $work) {
            $process.Refresh()
            $before = $process.TotalProcessorTime
            $watch = [System.Diagnostics.Stopwatch]::StartNew()
            $seconds = & $work
            $seconds ??= $watch.Elapsed.TotalSeconds
            $process.Refresh()
            $busy = ($process.TotalProcessorTime - $before).TotalSeconds
            ($what, $seconds.ToString([cultureinfo]::InvariantCulture), $busy.ToString([cultureinfo]::InvariantCulture)) -join '|'
        }
        function Send-Once([string] $preference) {
            $global:ProgressPreference = $preference
            Measure-Work $preference { Send-VaultFile $source }
            Remove-VaultFile (Split-Path -Leaf $source) -Permanent -Confirm:$false
        }
        function Show-Only([double] $sending) {
            $global:ProgressPreference = 'Continue'
            $count = [Math]::Max(0, 1 + [Math]::Floor(($sending - 1) / 0.5))
            Measure-Work "Control $count" {
                $drawing = [System.Diagnostics.Stopwatch]::new()
                for ($number = 1; $number -le $count; $number++) {
                    [System.Threading.Thread]::Sleep(500)
                    $drawing.Start()
                    Write-Progress -Id 7117 -Activity 'Sending to the vault' -PercentComplete ($number * 100 / $count) -Status "$number of $count"
                    $drawing.Stop()
                }
                $drawing.Start()
                Write-Progress -Id 7117 -Activity 'Sending to the vault' -Completed
                $drawing.Elapsed.TotalSeconds
            }
        }
        $lines = @(foreach ($round in 0..$rounds) {
            $sent = foreach ($preference in $(if ($round % 2) { 'Continue', 'SilentlyContinue' } else { 'SilentlyContinue', 'Continue' })) {
                Send-Once $preference
            }
            if ($round) { $sent }
        })
        $times = $lines -like 'Continue*' | ForEach-Object { [double]::Parse(($_ -split '\|')[1], [cultureinfo]::InvariantCulture) }
        $lines += foreach ($time in $times) { Show-Only $time }
        [System.IO.File]::WriteAllLines($results, [string[]]$lines)
        """;

    public static async Task RunAsync()
    {
        foreach (var (mebibytes, rounds) in Lengths)
        {
            await RunAsync(mebibytes, rounds);
        }
    }

    private static async Task RunAsync(int mebibytes, int rounds)
    {
        using var folder = new TemporaryFolder();
        var (script, source, results) = (folder.File("send.ps1"), folder.File("source.bin"), folder.File("results.txt"));
        await File.WriteAllTextAsync(script, SendScript);
        await FilesBench.WriteRandomAsync(source, mebibytes * 1024L * 1024);
        await using var server = await ServerProcess.StartAsync(folder.File("data"));
        var drawn = await Pwsh.RunInTerminalAsync(
            folder, script, Pwsh.Manifest, server.Pinned, source, results, rounds.ToString(CultureInfo.InvariantCulture));
        if (!drawn.Contains("source.bin: ", StringComparison.Ordinal))
        {
            throw new InvalidOperationException($"No progress was drawn: {drawn}");
        }

        var figures = (await File.ReadAllLinesAsync(results)).Select(line => line.Split('|', ' ')).ToLookup(
            parts => parts[0], parts => new Figure(Number(parts[^2]), Number(parts[^1]), parts.Length > 3 ? Number(parts[1]) : 0));
        var (seen, unseen, control) = (figures["Continue"].ToList(), figures["SilentlyContinue"].ToList(), figures["Control"].ToList());
        Report.Section($"Progress: {mebibytes} MiB sent from pwsh in a terminal, {rounds} times with bars and {rounds} times without, in turn; the middle");
        Row("with bars", seen);
        Row("without", unseen);
        Report.Row("with bars, of the time without", $"{Ratio(seen, unseen, send => send.Time)}; of the processor time {Ratio(seen, unseen, send => send.Work)}");
        Report.Row("Write-Progress alone, as often, nothing sent", $"{Median(control, draw => draw.Count):F0} times, "
            + $"{Median(control, draw => draw.Time) * 1000:F0} ms, processor time {Median(control, draw => draw.Work) * 1000:F0} ms");
    }

    private static void Row(string what, List<Figure> sends) => Report.Row(
        what, $"{Median(sends, send => send.Time):F2} s, processor time of the client {Median(sends, send => send.Work):F2} s");

    private static double Median(List<Figure> sends, Func<Figure, double> figure) => Report.Median(sends.Select(figure));

    // Each pair ran one right after the other: what else the machine does weighs on both.
    private static string Ratio(List<Figure> seen, List<Figure> unseen, Func<Figure, double> figure)
    {
        var ratios = seen.Zip(unseen, (with, without) => figure(with) / figure(without)).Order().ToList();
        return string.Create(CultureInfo.InvariantCulture, $"{Report.Median(ratios):F3} ({ratios[0]:F3} to {ratios[^1]:F3})");
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private sealed record Figure(double Time, double Work, double Count);
}

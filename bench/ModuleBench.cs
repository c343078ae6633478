using System.Globalization;
using Vault.Tests.Support;

namespace Vault.Bench;

/// <summary>How long the module takes to load, and the Tab key to answer: at first, from what is kept, and where the server does not
/// answer.</summary>
/// <remarks>Needs pwsh 7.6 or later as the .NET tool that the repository names (<c>dotnet tool restore</c>), and Linux, to hold the server
/// up.</remarks>
internal static class ModuleBench
{
    private const int Processes = 10, Files = 1_000;

    // Nothing is signed in and no server runs: Import-Module reaches for no network, and completion answers all the same.
    private const string ImportScript = """
        param($manifest, $first)
        if ($first) { Import-Module $first }
        $process = [System.Diagnostics.Process]::GetCurrentProcess()
        $before = $process.TotalProcessorTime
        $watch = [System.Diagnostics.Stopwatch]::StartNew()
        Import-Module $manifest
        $import = $watch.Elapsed.TotalMilliseconds
        $process.Refresh()
        $processor = ($process.TotalProcessorTime - $before).TotalMilliseconds
        ($import, $processor).ForEach({ $_.ToString([cultureinfo]::InvariantCulture) }) -join ' '
        """;

    // Each line: what was pressed at, the slowest press in milliseconds, how many were offered at the last.
    private const string TabScript = """
        param($manifest, $server, $id, $folder, $files)
        $ErrorActionPreference = 'Stop'
        function Press($what, $line, $times = 1) {
            $slowest = 0
            foreach ($time in 1..$times) {
                $watch = [System.Diagnostics.Stopwatch]::StartNew()
                $offered = (TabExpansion2 $line $line.Length).CompletionMatches
                $slowest = [Math]::Max($slowest, $watch.Elapsed.TotalMilliseconds)
            }
            ($what, $slowest.ToString([cultureinfo]::InvariantCulture), $offered.Count) -join '|'
        }

        Import-Module $manifest
        $null = TabExpansion2 'Get-Ver' 7
        Press 'no session' 'Receive-VaultFile '
        $password = [System.Net.NetworkCredential]::new('', 'correct horse').SecurePassword
        $null = New-VaultAccount -Server $server -Email bob@example.org -Password $password -WarningAction SilentlyContinue
        $null = New-VaultAccount -Server $server -Email ada@example.org -Password $password -WarningAction SilentlyContinue
        foreach ($number in 1..$files) { [System.IO.File]::WriteAllText("$folder/file-$number.txt", "$number") }
        Send-VaultFile $folder -Recurse
        $name = (Get-VaultFile | Select-Object -First 1).Name
        $top = $name.Split('/')[0]
        $null = Get-VaultContact bob@example.org
        $null = New-VaultAccessKey (Join-Path $folder 'a.key') -Scope SendOnly
        $null = New-PSDrive -PSProvider Vault -Name V -Root / -Scope Global

        Press "a file of $files, first press" "Receive-VaultFile $top/"
        Press "a file of $files, next 20 presses, the slowest" "Receive-VaultFile $top/" 20
        Press 'a version, first press' "Receive-VaultFile $name -Version "
        Press 'a contact, first press' 'Grant-VaultShare x -To '
        Press 'an access key, first press' 'Remove-VaultAccessKey '
        Press 'a session' 'Get-VaultFile -Session '
        Press 'a server' 'Connect-Vault '
        Press 'a path on a drive, first press' "Get-Content V:\$top\"
        Press 'a path on a drive, next 20 presses, the slowest' "Get-Content V:\$top\" 20

        Remove-VaultFile $name
        $kill = (Get-Command kill -CommandType Application)[0]
        & $kill -STOP $id
        Press "the server stands still: a file, from what was kept, 5 presses, the slowest" "Receive-VaultFile $top/" 5
        Press 'the server stands still: nothing kept (the trash), 5 presses, the slowest' 'Restore-VaultFile ' 5
        Press 'the server stands still: a path on a drive, 5 presses, the slowest' "Get-Content V:\$top\" 5
        & $kill -CONT $id
        """;

    public static async Task RunAsync()
    {
        using var folder = new TemporaryFolder();
        var manifest = Pwsh.Manifest;
        var empty = WriteEmptyModule(folder.Path, manifest);
        var script = folder.File("import.ps1");
        await File.WriteAllTextAsync(script, ImportScript);

        var (module, warm, floor) = (new List<Import>(), new List<Import>(), new List<Import>());
        for (var process = 0; process < Processes; process++)
        {
            module.Add(await ImportAsync(folder, script, manifest));
            warm.Add(await ImportAsync(folder, script, manifest, empty));
            floor.Add(await ImportAsync(folder, script, empty));
        }

        Report.Section($"PowerShell module: {Processes} fresh processes each, no server; the middle (fastest-slowest)");
        Row("Import-Module, the process's first", module);
        Row("Import-Module after another module's", warm);
        Row("for comparison: a module with these types and views and no code, the process's first", floor);

        await using var server = await ServerProcess.StartAsync(folder.File("data"));
        Directory.CreateDirectory(folder.File("files"));
        script = folder.File("tab.ps1");
        await File.WriteAllTextAsync(script, TabScript);
        var pressed = await Pwsh.RunAsync(
            folder, script, Pwsh.Manifest, server.Pinned, server.Id.ToString(CultureInfo.InvariantCulture), folder.File("files"),
            Files.ToString(CultureInfo.InvariantCulture));
        Report.Section("The Tab key, from pressing it to what is offered");
        foreach (var parts in pressed.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('|')))
        {
            Report.Row(parts[0], $"{double.Parse(parts[1], CultureInfo.InvariantCulture):F0} ms, {parts[2]} offered");
        }
    }

    // What the engine itself takes: the same views and types, and an empty script.
    private static string WriteEmptyModule(string folder, string manifest)
    {
        var place = Directory.CreateDirectory(Path.Combine(folder, "Empty")).FullName;
        foreach (var file in new[] { "Vault.Format.ps1xml", "Vault.Types.ps1xml" })
        {
            // Under other names, so that both modules can be imported into one process.
            var text = File.ReadAllText(Path.Combine(Path.GetDirectoryName(manifest)!, file)); // a file's path
            File.WriteAllText(Path.Combine(place, file), text.Replace(">Vault", ">Empty", StringComparison.Ordinal));
        }

        File.WriteAllText(Path.Combine(place, "Empty.psm1"), "");
        var empty = Path.Combine(place, "Empty.psd1");
        File.WriteAllText(
            empty, "@{ RootModule = 'Empty.psm1'; ModuleVersion = '1.0'; FormatsToProcess = 'Vault.Format.ps1xml'; TypesToProcess = 'Vault.Types.ps1xml' }");
        return empty;
    }

    private static async Task<Import> ImportAsync(TemporaryFolder folder, string script, params string[] arguments)
    {
        var output = await Pwsh.RunAsync(folder, script, arguments);
        return output.Split(' ', StringSplitOptions.TrimEntries) is [var import, var processor]
            ? new Import(double.Parse(import, CultureInfo.InvariantCulture), double.Parse(processor, CultureInfo.InvariantCulture))
            : throw new InvalidOperationException(output);
    }

    private static void Row(string what, List<Import> imports) =>
        Report.Row(what, $"{Spread(imports.Select(import => import.Time))}; processor time {Spread(imports.Select(import => import.Processor))}");

    private static string Spread(IEnumerable<double> milliseconds)
    {
        var sorted = milliseconds.Order().ToList();
        return $"{sorted[sorted.Count / 2]:F0} ms ({sorted[0]:F0}-{sorted[^1]:F0})";
    }

    private sealed record Import(double Time, double Processor);
}

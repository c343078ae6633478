using System.Diagnostics;
using System.Reflection;
using Vault.Tests.Support;

namespace Vault.PowerShell.Tests;

/// <summary>The suite in tests/pester in a real pwsh: the one on the PATH, or the .NET tool that the repository names.</summary>
public sealed class PesterTests(Server server) : IClassFixture<Server>
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(8);

    private const string Run = """
        param($pester, $suite)
        $ErrorActionPreference = 'Stop'
        Import-Module $pester
        $configuration = New-PesterConfiguration
        $configuration.Run.Path = $suite
        $configuration.Run.PassThru = $true
        $configuration.Output.Verbosity = 'Detailed'
        $configuration.Output.RenderMode = 'Plaintext'
        $result = Invoke-Pester -Configuration $configuration
        "passed: $($result.PassedCount), failed: $($result.FailedCount)"
        exit ($result.Result -eq 'Passed' -and $result.PassedCount -gt 0 ? 0 : 1)
        """;

    [SkippableFact]
    public async Task Suite_RealShell_Passes()
    {
        var shell = await FindShellAsync();
        Skip.If(shell is null, "There is no pwsh 7.6 or later on the PATH, and the .NET tool 'powershell' cannot be restored.");
        using var folder = new TemporaryFolder();
        var script = folder.Write("run.ps1", System.Text.Encoding.UTF8.GetBytes(Run));
        var (exit, output) = await RunAsync(
            [.. shell, "-NoProfile", "-NonInteractive", "-File", script, Pester, Path.Combine(Repository.Root, "tests", "pester")],
            ("VAULT_TEST_SERVER", server.Unpinned), ("VAULT_TEST_KEY", server.Key), ("VAULT_TEST_MANIFEST", VaultShell.Manifest),
            ("VAULT_TEST_MAIL", Path.Combine(server.DataFolder, "data", "mail")));
        Assert.True(exit == 0, output);
    }

    private static string Pester => Path.Combine(
        typeof(PesterTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(entry => entry.Key == "Pester").Value!, // built in
        "tools", "Pester.psd1");

    private static async Task<string[]?> FindShellAsync()
    {
        string[] onPath = ["pwsh"];
        if (await IsNewEnoughAsync(onPath))
        {
            return onPath;
        }

        string[] tool = ["dotnet", "tool", "run", "pwsh", "--"];
        return (await TryAsync(["dotnet", "tool", "restore"])).Exit == 0 && await IsNewEnoughAsync(tool) ? tool : null;
    }

    private static async Task<bool> IsNewEnoughAsync(string[] shell)
    {
        var (exit, output) = await TryAsync([.. shell, "-NoProfile", "-Command", "$PSVersionTable.PSVersion -ge [version]'7.6'"]);
        return exit == 0 && output.Contains("True", StringComparison.Ordinal);
    }

    private static async Task<(int Exit, string Output)> TryAsync(string[] command)
    {
        try
        {
            return await RunAsync(command);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return (-1, ""); // there is no such program
        }
    }

    private static async Task<(int Exit, string Output)> RunAsync(string[] command, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Repository.Root,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!; // null only where a shell starts it
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        try
        {
            await process.WaitForExitAsync().WaitAsync(Limit);
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return (process.ExitCode, $"{await output}\n{await errors}");
    }
}

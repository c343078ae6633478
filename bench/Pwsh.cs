using System.Diagnostics;
using System.Text;
using Vault.Tests.Support;

namespace Vault.Bench;

/// <summary>Scripts in a real pwsh, 7.6 or later: the .NET tool that the repository names (<c>dotnet tool restore</c>).</summary>
internal static class Pwsh
{
    /// <summary>The module as the build leaves it.</summary>
    public static string Manifest => Path.Combine(Root, "artifacts", "Vault", "Vault.psd1");

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

    /// <summary>Runs a script with nobody to look at it, and answers what it wrote.</summary>
    public static Task<string> RunAsync(TemporaryFolder folder, string script, params string[] arguments) =>
        RunAsync(folder, new ProcessStartInfo("dotnet", ["tool", "run", "pwsh", "--", "-NoProfile", "-NonInteractive", "-File", script, .. arguments]));

    /// <summary>The same in a terminal, as script(1) makes one: progress is drawn there. What it draws is in the answer too.</summary>
    /// <remarks>Where the cursor is, which the console asks a terminal and waits for, is answered as any terminal does.</remarks>
    public static Task<string> RunInTerminalAsync(TemporaryFolder folder, string script, params string[] arguments)
    {
        var words = (string[])["dotnet", "tool", "run", "pwsh", "--", "-NoProfile", "-NonInteractive", "-File", script, .. arguments];
        return RunAsync(folder, new ProcessStartInfo("script", ["-qec", string.Join(' ', words.Select(word => $"'{word}'")), "/dev/null"])
        {
            Environment = { ["TERM"] = "xterm-256color", ["COLUMNS"] = "120", ["LINES"] = "30" },
        });
    }

    private static async Task<string> RunAsync(TemporaryFolder folder, ProcessStartInfo start)
    {
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.WorkingDirectory = Root;
        start.Environment["XDG_DATA_HOME"] = folder.Path; // this person's known servers are none of its business
        using var process = Process.Start(start)!; // null only where a shell starts it
        var output = await AnswerAsync(process);
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"pwsh cannot be run (dotnet tool restore installs it): {output}");
    }

    private static async Task<string> AnswerAsync(Process process)
    {
        const string WhereIsTheCursor = "\e[6n", UpperLeft = "\e[1;1R";
        var output = new StringBuilder();
        var buffer = new char[4096];
        var asked = 0;
        for (int read; (read = await process.StandardOutput.ReadAsync(buffer)) > 0;)
        {
            output.Append(buffer, 0, read);
            for (var text = output.ToString(); (asked = text.IndexOf(WhereIsTheCursor, asked, StringComparison.Ordinal)) >= 0; asked += WhereIsTheCursor.Length)
            {
                await process.StandardInput.WriteAsync(UpperLeft);
                await process.StandardInput.FlushAsync();
            }

            asked = Math.Max(0, output.Length - WhereIsTheCursor.Length + 1); // one may be cut in two
        }

        return output.ToString();
    }
}

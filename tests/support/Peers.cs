using System.ComponentModel;
using System.Diagnostics;

namespace Vault.Tests.Support;

/// <summary>Independent implementations from npm (<c>tests/peers</c>), installed by the first test that needs one.</summary>
public static class Peers
{
    private static readonly string Folder = Path.Combine(Repository.Root, "tests", "peers");
    private static readonly Lazy<Task> Installed = new(InstallAsync);

    /// <summary>The folder of an installed package.</summary>
    public static async Task<string> PackageAsync(string name)
    {
        await Installed.Value;
        return Path.Combine(Folder, "node_modules", name);
    }

    /// <summary>Starts <c>node tests/peers/{script}</c> with all three streams redirected; the caller disposes and, if need be, kills it.</summary>
    public static Task<Process> StartAsync(string script, params string[] arguments) => StartNodeAsync([], script, arguments);

    /// <summary>The same with options of Node's own.</summary>
    public static async Task<Process> StartNodeAsync(string[] nodeOptions, string script, params string[] arguments)
    {
        await Installed.Value;
        return Start("node", [.. nodeOptions, Path.Combine(Folder, script), .. arguments]);
    }

    /// <summary>Runs <c>node tests/peers/{script}</c> to its end and returns what it printed.</summary>
    /// <exception cref="InvalidOperationException">The peer ended with another code than 0; the message has its errors.</exception>
    public static async Task<string> RunAsync(string script, string input, params string[] arguments)
    {
        await Installed.Value;
        return await RunToEndAsync("node", [Path.Combine(Folder, script), .. arguments], input);
    }

    private static async Task InstallAsync()
    {
        // Test assemblies run as separate processes: one installs, the others wait for its lock.
        var stamp = Path.Combine(Folder, "node_modules", ".vault-installed");
        var wanted = await File.ReadAllTextAsync(Path.Combine(Folder, "package-lock.json"));
        await using var turn = await WaitForTurnAsync(Path.Combine(Path.GetTempPath(), $"vault-peers-{Hash(Folder)}.lock"));
        if (File.Exists(stamp) && await File.ReadAllTextAsync(stamp) == wanted)
        {
            return;
        }

        await RunToEndAsync(OperatingSystem.IsWindows() ? "npm.cmd" : "npm", ["ci", "--no-audit", "--no-fund"], "");
        await File.WriteAllTextAsync(stamp, wanted);
    }

    private static async Task<FileStream> WaitForTurnAsync(string path)
    {
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
            }
            catch (IOException)
            {
                await Task.Delay(200);
            }
        }
    }

    private static string Hash(string text) => Convert.ToHexStringLower(
        System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)))[..16];

    private static async Task<string> RunToEndAsync(string command, IEnumerable<string> arguments, string input)
    {
        using var process = Start(command, arguments);
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? await output
            : throw new InvalidOperationException($"{command} {string.Join(' ', arguments)}: exit {process.ExitCode}\n{await errors}");
    }

    private static Process Start(string command, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(command, arguments)
        {
            WorkingDirectory = Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            return Process.Start(start) ?? throw new InvalidOperationException($"{command} did not start.");
        }
        catch (Win32Exception error)
        {
            throw new InvalidOperationException($"{command} is not installed; the peers need Node 20 or later with npm.", error);
        }
    }
}

using Vault.Tests.Support;

namespace Vault.PowerShell.Tests;

/// <summary>Where the examples of the help take place: Ada is signed in at <c>vault.example.org</c>, stands in a folder with a few files,
/// has a few more in the vault, and knows Bob there.</summary>
/// <remarks>examples/world.ps1 makes it. The names in the examples stand for this server's address and for accounts of its own, so
/// that the examples of other cmdlets do not meet.</remarks>
internal sealed class ExampleWorld : IDisposable
{
    private static int _worlds;

    private readonly TemporaryFolder _folder = new();
    private readonly Server _server;
    private readonly int _number = Interlocked.Increment(ref _worlds);

    public ExampleWorld(Server server)
    {
        _server = server;
        foreach (var name in new[] { "secret.pdf", "papers/plan.pdf", "papers/draft.txt", "papers/old.txt" })
        {
            _folder.Write(name);
        }

        Shell = new VaultShell();
        Shell.Run(
            "param($folder, $data, $password) "
            + "$ExecutionContext.SessionState.Path.SetLocation($folder); $global:ServerData = $data; $global:TestPassword = $password",
            _folder.Root, server.DataFolder, VaultShell.Secure(Server.Password)).MustSucceed();
        Run(File.ReadAllText(Path.Combine(Folder, "world.ps1"))).MustSucceed();
    }

    /// <summary>The scripts that arrange what examples need.</summary>
    public static string Folder { get; } = Path.Combine(Repository.Root, "tests", "powershell", "examples");

    public VaultShell Shell { get; }

    /// <summary>Runs the arrangement for a cmdlet, if there is one.</summary>
    public void Arrange(string cmdlet)
    {
        var script = Path.Combine(Folder, cmdlet + ".ps1");
        if (File.Exists(script))
        {
            Run(File.ReadAllText(script)).MustSucceed();
        }
    }

    /// <summary>Runs lines in which the names of the examples stand.</summary>
    public ShellResult Run(string lines) => Shell.Run(lines
        .Replace("vaultserver1…", _server.Key, StringComparison.Ordinal)
        .Replace("vault.example.org", _server.Unpinned, StringComparison.Ordinal)
        .Replace("ada@example.org", $"ada-{_number}@example.org", StringComparison.Ordinal)
        .Replace("bob@example.org", $"bob-{_number}@example.org", StringComparison.Ordinal)
        .Replace("new@example.org", $"new-{_number}-{Guid.NewGuid():N}@example.org", StringComparison.Ordinal));

    public void Dispose()
    {
        Shell.Dispose();
        _folder.Dispose();
    }
}

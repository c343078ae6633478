namespace Vault.PowerShell.Tests;

/// <summary>Tests of commands that give files names, on an account of their own that has two files in <c>papers</c>.</summary>
public abstract class TwoPapersTests : IClassFixture<Server>, IDisposable
{
    protected TwoPapersTests(Server server)
    {
        Shell = server.SignedUp();
        Send("papers/a.txt");
        Send("papers/b.txt");
    }

    private protected TemporaryFolder Folder { get; } = new();

    private protected VaultShell Shell { get; }

    public void Dispose()
    {
        Shell.Dispose();
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected void Send(string name) =>
        Shell.Run("param($p, $n) Send-VaultFile $p -Name $n", Folder.Write("send/" + name), name).MustSucceed();

    private protected IEnumerable<string> Names() => Run("(Get-VaultFile).Name").Order(StringComparer.Ordinal);

    private protected IEnumerable<string> Run(string script) => Shell.Run(script).MustSucceed().Texts.Where(text => text.Length > 0);
}

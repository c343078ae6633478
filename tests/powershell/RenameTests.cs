namespace Vault.PowerShell.Tests;

/// <summary>Rename-VaultFile, as people type it.</summary>
public sealed class RenameTests : IClassFixture<Server>, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly VaultShell _shell;

    public RenameTests(Server server)
    {
        _shell = server.SignedUp();
        Send("papers/a.txt");
        Send("papers/b.txt");
    }

    [Fact]
    public void Rename_ScriptBlock_MakesEachFilesName()
    {
        Run(@"Get-VaultFile *.txt | Rename-VaultFile -NewName { $_.Name -replace '\.txt$', '.md' }");
        Assert.Equal(["papers/a.md", "papers/b.md"], Names());
        Run("'papers/a.md' | Rename-VaultFile -NewName { \"old/$_\" }");
        Assert.Equal(["old/papers/a.md", "papers/b.md"], Names());
    }

    [Fact]
    public void Rename_ScriptBlockWithoutPipeline_IsRefused()
    {
        _shell.RunToError("Rename-VaultFile papers/a.txt { 'c.txt' } -ErrorAction Stop");
        Assert.Equal(["papers/a.txt", "papers/b.txt"], Names());
    }

    [Fact]
    public void Rename_Property_IsTheName()
    {
        Run("Get-VaultFile | ForEach-Object { [pscustomobject]@{ Id = \"$($_.Id)\"; NewName = \"c/$($_.Name)\" } } | Rename-VaultFile");
        Assert.Equal(["c/papers/a.txt", "c/papers/b.txt"], Names());
        Run("Get-VaultFile *a.txt | Rename-VaultFile -NewName d.txt");
        Assert.Equal(["c/papers/b.txt", "d.txt"], Names());
    }

    [Fact]
    public void Rename_NoNewName_RenamesNothing()
    {
        Assert.Equal(2, _shell.Run("Get-VaultFile | Rename-VaultFile").Errors.Count);
        Assert.Equal(["papers/a.txt", "papers/b.txt"], Names());
    }

    [Fact]
    public void Rename_PathsOnADrive_AreNames()
    {
        Run(DriveTests.NewDrive("W", "/"));

        Run(@"Rename-VaultFile W:\papers\a.txt W:\archive\a.txt");
        Assert.Equal(["archive/a.txt", "papers/b.txt"], Names());

        Run(@"$ExecutionContext.SessionState.Path.SetLocation('W:\papers'); Rename-VaultFile b.txt c.txt");
        Assert.Equal(["archive/a.txt", "papers/c.txt"], Names());

        // An object's name is a whole one, wherever the person stands.
        Run("Get-VaultFile W:/* | Rename-VaultFile -NewName { $_.Name + '.old' }");
        Assert.Equal(["archive/a.txt.old", "papers/c.txt.old"], Names());

        var error = _shell.Run(@"Rename-VaultFile c.txt.old W:\archive\").MustReport();
        Assert.StartsWith("invalid_argument,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(["archive/a.txt.old", "papers/c.txt.old"], Names());
    }

    public void Dispose()
    {
        _shell.Dispose();
        _folder.Dispose();
    }

    private void Send(string name) =>
        _shell.Run("param($p, $n) Send-VaultFile $p -Name $n", _folder.Write("send/" + name), name).MustSucceed();

    private IEnumerable<string> Names() => Run("(Get-VaultFile).Name").Order(StringComparer.Ordinal);

    private IEnumerable<string> Run(string script) => _shell.Run(script).MustSucceed().Texts.Where(text => text.Length > 0);
}

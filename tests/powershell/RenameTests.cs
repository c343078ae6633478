namespace Vault.PowerShell.Tests;

/// <summary>Rename-VaultFile, as people type it.</summary>
public sealed class RenameTests(Server server) : TwoPapersTests(server)
{
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
        Shell.RunToError("Rename-VaultFile papers/a.txt { 'c.txt' } -ErrorAction Stop");
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
        Assert.Equal(2, Shell.Run("Get-VaultFile | Rename-VaultFile").Errors.Count);
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

        var error = Shell.Run(@"Rename-VaultFile c.txt.old W:\archive\").MustReport();
        Assert.StartsWith("invalid_argument,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(["archive/a.txt.old", "papers/c.txt.old"], Names());
    }
}

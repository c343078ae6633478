namespace Vault.PowerShell.Tests;

/// <summary>Copy-VaultFile, as people type it.</summary>
public sealed class CopyTests : IClassFixture<Server>, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly VaultShell _shell;

    public CopyTests(Server server)
    {
        _shell = server.SignedUp();
        Send("papers/a.txt");
        Send("papers/b.txt");
    }

    [Fact]
    public void Copy_Name_IsAFileOfItsOwn()
    {
        Run("Copy-VaultFile papers/a.txt copies/a.txt");
        Assert.Equal(["copies/a.txt", "papers/a.txt", "papers/b.txt"], Names());

        Run("Remove-VaultFile papers/a.txt -Permanent -Confirm:$false");
        Run($"Receive-VaultFile copies/a.txt -Destination '{_folder.At("back/")}'");

        Assert.Equal(File.ReadAllBytes(_folder.At("send/papers/a.txt")), File.ReadAllBytes(_folder.At("back/copies/a.txt")));
    }

    [Fact]
    public void Copy_Pipeline_GoesIntoAFolder()
    {
        Assert.Equal(
            ["copies/a.txt", "copies/b.txt"],
            Run("(Get-VaultFile papers/* | Copy-VaultFile -NewName copies/ -PassThru).Name").Order(StringComparer.Ordinal));
        Assert.Equal(["more/a.txt", "more/b.txt"], Run("(Copy-VaultFile papers/* more/ -PassThru).Name").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Copy_ScriptBlock_MakesEachCopysName()
    {
        Assert.Equal(
            ["papers/a.bak", "papers/b.bak"],
            Run(@"(Get-VaultFile *.txt | Copy-VaultFile -NewName { $_.Name -replace '\.txt$', '.bak' } -PassThru).Name").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Copy_Property_IsTheName()
    {
        Run("Get-VaultFile | ForEach-Object { [pscustomobject]@{ LiteralName = $_.Name; NewName = \"c/$($_.Name)\" } } | Copy-VaultFile");
        Assert.Equal(["c/papers/a.txt", "c/papers/b.txt", "papers/a.txt", "papers/b.txt"], Names());
    }

    [Fact]
    public void Copy_WhatIf_CopiesNothing()
    {
        Run("Copy-VaultFile papers/a.txt copies/a.txt -WhatIf");

        Assert.Equal(["papers/a.txt", "papers/b.txt"], Names());
    }

    [Fact]
    public void Copy_NameInUse_IsRefusedUnlessForced()
    {
        var error = _shell.RunToError("Copy-VaultFile papers/a.txt papers/b.txt -ErrorAction Stop");
        Assert.StartsWith("conflict", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("-Force", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        Assert.Contains("onto itself", _shell.RunToError("Copy-VaultFile papers/a.txt papers/a.txt -Force -ErrorAction Stop").Exception.Message, StringComparison.Ordinal);
        Assert.Contains("slash", _shell.RunToError("Copy-VaultFile papers/* copy.txt -ErrorAction Stop").Exception.Message, StringComparison.Ordinal);

        Run("Copy-VaultFile papers/a.txt papers/b.txt -Force");

        Assert.Equal(["2"], Run("[string](Get-VaultFile papers/b.txt).Version"));
        Run("Copy-VaultFile papers/b.txt papers/b.txt -Version 1 -Force");
        Run($"Receive-VaultFile papers/b.txt -Destination '{_folder.At("back/")}'");
        Assert.Equal(File.ReadAllBytes(_folder.At("send/papers/b.txt")), File.ReadAllBytes(_folder.At("back/papers/b.txt")));
    }

    [Fact]
    public void Copy_PathsOnADrive_AreNames()
    {
        Run("$null = $ExecutionContext.SessionState.Drive.New([System.Management.Automation.PSDriveInfo]::new('W', "
            + "$ExecutionContext.SessionState.Provider.GetOne('Vault'), '/', '', $null), 'Global')");

        Run(@"Copy-VaultFile W:\papers\a.txt W:\copies\");

        Assert.Equal(["copies/a.txt", "papers/a.txt", "papers/b.txt"], Names());
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

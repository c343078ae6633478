namespace Vault.PowerShell.Tests;

/// <summary>Copy-VaultFile, as people type it.</summary>
public sealed class CopyTests(Server server) : TwoPapersTests(server)
{
    [Fact]
    public void Copy_Name_IsAFileOfItsOwn()
    {
        Run("Copy-VaultFile papers/a.txt copies/a.txt");
        Assert.Equal(["copies/a.txt", "papers/a.txt", "papers/b.txt"], Names());

        Run("Remove-VaultFile papers/a.txt -Permanent -Confirm:$false");
        Run($"Receive-VaultFile copies/a.txt -Destination '{Folder.At("back/")}'");

        Assert.Equal(File.ReadAllBytes(Folder.At("send/papers/a.txt")), File.ReadAllBytes(Folder.At("back/copies/a.txt")));
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
        var error = Shell.RunToError("Copy-VaultFile papers/a.txt papers/b.txt -ErrorAction Stop");
        Assert.StartsWith("conflict", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("-Force", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        Assert.Contains("onto itself", Shell.RunToError("Copy-VaultFile papers/a.txt papers/a.txt -Force -ErrorAction Stop").Exception.Message, StringComparison.Ordinal);
        Assert.Contains("slash", Shell.RunToError("Copy-VaultFile papers/* copy.txt -ErrorAction Stop").Exception.Message, StringComparison.Ordinal);

        Run("Copy-VaultFile papers/a.txt papers/b.txt -Force");

        Assert.Equal(["2"], Run("[string](Get-VaultFile papers/b.txt).Version"));
        Run("Copy-VaultFile papers/b.txt papers/b.txt -Version 1 -Force");
        Run($"Receive-VaultFile papers/b.txt -Destination '{Folder.At("back/")}'");
        Assert.Equal(File.ReadAllBytes(Folder.At("send/papers/b.txt")), File.ReadAllBytes(Folder.At("back/papers/b.txt")));
    }

    [Fact]
    public void Copy_PathsOnADrive_AreNames()
    {
        Run(DriveTests.NewDrive("W", "/"));

        Run(@"Copy-VaultFile W:\papers\a.txt W:\copies\");

        Assert.Equal(["copies/a.txt", "papers/a.txt", "papers/b.txt"], Names());
    }
}

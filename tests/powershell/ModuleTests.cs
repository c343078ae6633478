namespace Vault.PowerShell.Tests;

public sealed class ModuleTests
{
    [Fact]
    public void Import_Works()
    {
        using var shell = new VaultShell();
        Assert.Equal("hi", shell.Run("Get-VaultSession").MustSucceed().Output[0].ToString());
        Assert.Equal("Get-VaultSession", string.Join(' ', shell.Run("(Get-Command -Module Vault).Name").MustSucceed().Output));
    }

    [Fact]
    public void Import_Again()
    {
        using var shell = new VaultShell();
        shell.Run("param($m) Import-Module $m -Force; Get-VaultSession", VaultShell.Manifest).MustSucceed();
        shell.Run("param($m) Remove-Module Vault; Import-Module $m; Get-VaultSession", VaultShell.Manifest).MustSucceed();
    }
}

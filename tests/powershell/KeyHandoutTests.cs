using Vault.Tests.Server;
using Vault.Tests.Support;

namespace Vault.PowerShell.Tests;

/// <summary>Keys that are shown once reach the variable that they are assigned to, whatever warnings are told to do: the server has changed
/// the account by then.</summary>
public sealed class KeyHandoutTests(Server server) : IClassFixture<Server>
{
    private const string Once = "shown this once";

    private readonly Mailbox _mail = new(Path.Combine(server.DataFolder, "data", "mail"));

    private static System.Security.SecureString Password => VaultShell.Secure(Server.Password);

    private static System.Security.SecureString NewPassword => VaultShell.Secure("new horse");

    [Theory]
    [InlineData("Stop")]
    [InlineData("Inquire")]
    public void NewVaultAccount_WarningsEndCommands_HandsOutTheKey(string action)
    {
        using var shell = new VaultShell();
        shell.Host.Refuses = true;
        var result = shell.Run(
            $"param($s, $e, $p) $key = New-VaultAccount $s -Email $e -Password $p -WarningAction {action}; $key.Reveal()",
            server.Address, server.NewEmail(), Password);
        AssertHandedOut(result, shell);
        shell.Run("Get-VaultFile").MustSucceed();
    }

    [Fact]
    public void NewVaultRecoveryKey_WarningsEndCommands_HandsOutTheKey()
    {
        using var shell = server.SignedUp();
        var result = shell.Run(
            "param($p) $WarningPreference = 'Stop'; $key = New-VaultRecoveryKey -Password $p; $key.Reveal()", Password);
        AssertHandedOut(result, shell);
    }

    [Fact]
    public void SetVaultPassword_WarningsEndCommands_HandsOutTheKeyAndNamesTheAccessKeysThatEnded()
    {
        using var folder = new TemporaryFolder();
        using var shell = server.SignedUp();
        shell.Run("param($f) $null = New-VaultAccessKey $f -Scope ReadOnly -Name nightly", folder.At("nightly.key")).MustSucceed();
        var result = shell.Run(
            "param($p, $n) $key = Set-VaultPassword -Password $p -NewPassword $n -RotateKeys -WarningAction Stop; $key.Reveal()",
            Password, NewPassword);
        AssertHandedOut(result, shell);
        Assert.Contains("'nightly'", shell.Host.Shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ResetVaultPassword_WarningsEndCommands_HandsOutTheKey()
    {
        var email = server.NewEmail();
        using var shell = server.SignedUp(email);
        shell.Run("param($s, $e) Request-VaultRecovery $s $e 3>$null", server.Address, email).MustSucceed();
        var result = shell.Run(
            "param($s, $e, $c, $n) $key = Reset-VaultPassword $s $e -Code $c -NewPassword $n -Force -WarningAction Stop; $key.Reveal()",
            server.Address, email, await _mail.NextCodeAsync(email), NewPassword);
        AssertHandedOut(result, shell);
    }

    [Fact]
    public void EnableVaultTotp_WarningsEndCommands_HandsOutTheBackupCodes()
    {
        using var shell = server.SignedUp();
        var app = Authenticator.Scan(shell.Run("(Enable-VaultTotp 3>$null).Reveal()").MustSucceed().Texts.Single());
        var result = shell.Run(
            "param($c) $backup = Enable-VaultTotp $c -WarningAction Stop; $backup.Codes", app.Show(DateTimeOffset.UtcNow)).MustSucceed();
        Assert.Equal(10, result.Output.Count);
        Assert.Contains(Once, shell.Host.Shown, StringComparison.Ordinal);
    }

    private static void AssertHandedOut(ShellResult result, VaultShell shell)
    {
        Assert.StartsWith("vaultrecovery1", Assert.Single(result.MustSucceed().Texts), StringComparison.Ordinal);
        Assert.Contains(Once, shell.Host.Shown, StringComparison.Ordinal);
    }
}

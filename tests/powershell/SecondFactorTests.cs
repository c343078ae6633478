using System.Management.Automation;
using Vault.Tests.Support;

namespace Vault.PowerShell.Tests;

/// <summary>Enable-VaultTotp, Disable-VaultTotp and Connect-Vault -OneTimeCode against a real server.</summary>
public sealed class SecondFactorTests(Server server) : IClassFixture<Server>
{
    private const string Connect =
        "param($server, $email, $password, $code) Connect-Vault -Server $server -Email $email -Password $password -PassThru";

    [Fact]
    public void EnableVaultTotp_WithoutCode_ShowsTheSecretAndSwitchesNothingOn()
    {
        using var shell = server.SignedUp();
        var result = shell.Run("Enable-VaultTotp | Out-Default; Enable-VaultTotp").MustSucceed();
        Assert.Contains("otpauth://totp/Vault:ada", shell.Host.Shown.ReplaceLineEndings(""), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", Assert.Single(result.Output).ToString(), StringComparison.Ordinal);
        Assert.Contains("Nothing is switched on yet", result.Warnings[0].Message, StringComparison.Ordinal);
        var email = shell.Run("(Get-VaultSession).Email").Texts.Single();
        shell.Run(Connect, server.Address, email, VaultShell.Secure(Server.Password)).MustSucceed();
    }

    [Fact]
    public void ConnectVault_WithSecondFactor_AsksForTheCodeOrTakesIt()
    {
        using var shell = server.SignedUp();
        var email = shell.Run("(Get-VaultSession).Email").Texts.Single();
        var password = VaultShell.Secure(Server.Password);
        var app = Authenticator.Scan(shell.Run("(Enable-VaultTotp 3>$null).Reveal()").MustSucceed().Texts.Single());
        var error = shell.RunToError("Enable-VaultTotp -OneTimeCode 12");
        Assert.StartsWith("code_invalid,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        var codes = shell.Run("param($c) (Enable-VaultTotp $c 3>$null).Codes", app.Show(DateTimeOffset.UtcNow)).MustSucceed().Texts.ToArray();
        Assert.Equal(10, codes.Distinct().Count());

        shell.Host.WillType(app.Show(DateTimeOffset.UtcNow, 1));
        shell.Run(Connect, server.Address, email, password).MustSucceed();
        Assert.Contains("One-time code", shell.Host.Shown, StringComparison.Ordinal);
        shell.Run(Connect + " -OneTimeCode $code", server.Address, email, password, codes[0]).MustSucceed();
        error = shell.RunToError(Connect + " -OneTimeCode $code", server.Address, email, password, codes[0]);
        Assert.Equal("code_invalid,Vault.PowerShell.Commands.ConnectVaultCommand", error.FullyQualifiedErrorId);
        Assert.Equal(ErrorCategory.AuthenticationError, error.CategoryInfo.Category);
        shell.Host.Refuses = true;
        error = shell.RunToError(Connect, server.Address, email, password);
        Assert.StartsWith("code_required,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("-OneTimeCode", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);

        error = shell.RunToError("param($c) Disable-VaultTotp $c", codes[0]);
        Assert.StartsWith("code_invalid,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        shell.Run("param($c) Disable-VaultTotp $c", codes[1]).MustSucceed();
        shell.Run(Connect, server.Address, email, password).MustSucceed();
    }

    [Theory]
    [InlineData("Set-VaultPassword -Password $p -NewPassword $p", null)]
    [InlineData("New-VaultRecoveryKey -Password $p 3>$null", null)]
    [InlineData("Restore-VaultKeyRing -Password $p -RecoveryKey $k", "wrong_recovery_key,")] // nothing was put aside
    public void ChangeOfKeys_SecondFactorAndTheSessionEndedElsewhere_AsksForTheCode(string command, string? outcome)
    {
        using var shell = new VaultShell();
        var password = VaultShell.Secure(Server.Password);
        var email = server.NewEmail();
        var key = shell.Run(
            "param($s, $e, $p) (New-VaultAccount $s -Email $e -Password $p 3>$null).Key", server.Address, email, password)
            .MustSucceed().Output.Single();
        var app = Authenticator.Scan(shell.Run("(Enable-VaultTotp 3>$null).Reveal()").MustSucceed().Texts.Single());
        var codes = shell.Run("param($c) (Enable-VaultTotp $c 3>$null).Codes", app.Show(DateTimeOffset.UtcNow)).MustSucceed().Texts.ToArray();

        // A session that runs has proved it; the sign-in that proves the password begins one anew.
        using var elsewhere = new VaultShell();
        elsewhere.Run(
            Connect + " -OneTimeCode $code | Out-Null; Get-VaultSession -All | Where-Object { -not $_.IsCurrent } | Disconnect-Vault",
            server.Address, email, password, codes[1]).MustSucceed();

        command = "param($p, $k) " + command;
        shell.Host.Refuses = true;
        var error = shell.RunToError(command, password, key);
        Assert.StartsWith("code_required,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("-OneTimeCode", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        shell.Host.Refuses = false;
        shell.Host.WillType(codes[0]);
        if (outcome is null)
        {
            shell.Run(command, password, key).MustSucceed();
        }
        else
        {
            Assert.StartsWith(outcome, shell.RunToError(command, password, key).FullyQualifiedErrorId, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void EnableVaultTotp_NoSession_IsNotAuthenticated()
    {
        using var shell = new VaultShell();
        Assert.StartsWith("not_authenticated,", shell.RunToError("Enable-VaultTotp").FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.StartsWith("not_authenticated,", shell.RunToError("Disable-VaultTotp 1").FullyQualifiedErrorId, StringComparison.Ordinal);
    }
}

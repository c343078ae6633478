using System.Management.Automation;

namespace Vault.PowerShell.Tests;

/// <summary>New-VaultAccount, Connect-Vault, Disconnect-Vault and Get-VaultSession against a real server.</summary>
public sealed class AccountTests(Server server) : IClassFixture<Server>
{
    private const string NewAccount =
        "param($server, $email, $password) New-VaultAccount -Server $server -Email $email -Password $password";

    private const string Connect =
        "param($server, $email, $password) Connect-Vault -Server $server -Email $email -Password $password -PassThru";

    [Fact]
    public void NewVaultAccount_Email_ReturnsTheRecoveryKeyWithAWarningAndOpensASession()
    {
        using var shell = new VaultShell();
        var email = server.NewEmail();
        var result = shell.Run(NewAccount, server.Address, email, VaultShell.Secure("correct horse")).MustSucceed();

        var key = Assert.Single(result.Output);
        Assert.Equal("Vault.PowerShell.VaultRecoveryKey", key.BaseObject.GetType().FullName);
        Assert.StartsWith("vaultrecovery1", shell.Run("param($k) $k.Reveal()", key).Texts.Single(), StringComparison.Ordinal);
        Assert.DoesNotContain("vaultrecovery1", key.ToString(), StringComparison.Ordinal);
        Assert.Contains("Write down the recovery key", Assert.Single(result.Warnings).Message, StringComparison.Ordinal);
        Assert.Equal(email, shell.Run("(Get-VaultSession -Default).Email").Texts.Single());
    }

    [Fact]
    public void NewVaultAccount_Credential_ShowsTheKeyToThePerson()
    {
        using var shell = new VaultShell();
        var credential = new PSCredential(server.NewEmail(), VaultShell.Secure("correct horse"));
        shell.Run("param($s, $c) New-VaultAccount $s $c | Out-Default", server.Address, credential).MustSucceed();
        Assert.Contains("Recovery key : vaultrecovery1", shell.Host.Shown, StringComparison.Ordinal);
    }

    [Fact]
    public void NewVaultAccount_WhatIf_CreatesNothing()
    {
        using var shell = new VaultShell();
        var email = server.NewEmail();
        shell.Run(NewAccount + " -WhatIf", server.Address, email, VaultShell.Secure("correct horse")).MustSucceed();
        Assert.Empty(shell.Run("Get-VaultSession").Output);
        Assert.Contains(email, shell.Host.Shown, StringComparison.Ordinal);
        var error = shell.RunToError(Connect, server.Address, email, VaultShell.Secure("correct horse"));
        Assert.StartsWith("login_failed,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void ConnectVault_WrongPassword_EndsWithLoginFailed()
    {
        using var shell = new VaultShell();
        var email = server.NewEmail();
        shell.Run(NewAccount, server.Address, email, VaultShell.Secure("correct horse")).MustSucceed();
        var error = shell.RunToError(Connect, server.Address, email, VaultShell.Secure("wrong"));
        Assert.Equal("login_failed,Vault.PowerShell.Commands.ConnectVaultCommand", error.FullyQualifiedErrorId);
        Assert.Equal(ErrorCategory.AuthenticationError, error.CategoryInfo.Category);
        Assert.NotEmpty(error.ErrorDetails.RecommendedAction);
    }

    [Fact]
    public void ConnectVault_UnknownServerInAScript_EndsWithItsKey()
    {
        using var shell = new VaultShell();
        shell.Host.Refuses = true;
        var error = shell.RunToError(Connect, $"localhost:{server.Port}", "a@example.org", VaultShell.Secure("p"));
        Assert.StartsWith("server_unknown,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(ErrorCategory.SecurityError, error.CategoryInfo.Category);
        Assert.Contains(server.Key, error.Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ConnectVault_UnknownServerAndThePersonSaysNo_EndsWithServerUnknown()
    {
        using var shell = new VaultShell();
        shell.Host.WillChoose(1);
        var error = shell.RunToError(Connect, $"localhost:{server.Port}", "a@example.org", VaultShell.Secure("p"));
        Assert.StartsWith("server_unknown,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains(server.Key, shell.Host.Shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ConnectVault_UnknownServerAndThePersonSaysYes_ConnectsAndRemembers()
    {
        await using var own = await Server.StartAsync();
        using var shell = new VaultShell();
        shell.Host.WillChoose(0);
        var email = own.NewEmail();
        shell.Run(NewAccount, own.Unpinned, email, VaultShell.Secure("correct horse")).MustSucceed();
        shell.Run(Connect, own.Unpinned, email, VaultShell.Secure("correct horse")).MustSucceed(); // not asked again
    }

    [Fact]
    public async Task ConnectVault_AcceptServerKey_AsksNothing()
    {
        await using var own = await Server.StartAsync();
        using var shell = new VaultShell();
        shell.Run(NewAccount + $" -AcceptServerKey {own.Key}", own.Unpinned, own.NewEmail(), VaultShell.Secure("correct horse")).MustSucceed();
    }

    [Fact]
    public async Task ConnectVault_AnotherKeyThanThePinnedOne_IsRefusedEvenWithAcceptServerKey()
    {
        await using var own = await Server.StartAsync();
        using var shell = new VaultShell();
        var error = shell.RunToError(
            Connect + $" -AcceptServerKey {own.Key}", $"{own.Unpinned}#{server.Key}", "a@example.org", VaultShell.Secure("p"));
        Assert.StartsWith("server_key_changed,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void ConnectVault_NobodyListens_EndsWithServerUnreachable()
    {
        using var shell = new VaultShell();
        var error = shell.RunToError(Connect, $"127.0.0.1:1#{server.Key}", "a@example.org", VaultShell.Secure("p"));
        Assert.StartsWith("server_unreachable,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(ErrorCategory.ConnectionError, error.CategoryInfo.Category);
    }

    [Theory]
    [InlineData("host:99999")]
    [InlineData("a b")]
    [InlineData("host#vaultserver1wrong")]
    public void ConnectVault_NoAddress_EndsWithInvalidArgument(string address)
    {
        using var shell = new VaultShell();
        var error = shell.RunToError(Connect, address, "a@example.org", VaultShell.Secure("p"));
        Assert.StartsWith("invalid_argument,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void DisconnectVault_DefaultSession_LeavesCmdletsWithNotAuthenticated()
    {
        using var shell = server.SignedUp();
        shell.Run("$global:s = Get-VaultSession; Disconnect-Vault").MustSucceed();
        Assert.Empty(shell.Run("Get-VaultSession").Output);
        Assert.StartsWith("not_authenticated,", shell.RunToError("Get-VaultFile").FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.StartsWith(
            "not_authenticated,", shell.RunToError("Get-VaultFile -Session $s").FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void Session_TwoAccounts_EachSeesItsOwnFilesAndTheLastIsTheDefault()
    {
        using var folder = new TemporaryFolder();
        using var shell = server.SignedUp();
        shell.Run("$global:first = Get-VaultSession").MustSucceed();
        shell.Run(NewAccount + " | ForEach-Object {}", server.Address, server.NewEmail(), VaultShell.Secure("correct horse")).MustSucceed();
        shell.Run("param($p) Send-VaultFile $p -Session $first", folder.Write("one.txt")).MustSucceed();
        shell.Run("param($p) Send-VaultFile $p", folder.Write("two.txt")).MustSucceed();

        Assert.Equal(["one.txt"], shell.Run("(Get-VaultFile -Session $first).Name").Texts);
        Assert.Equal(["two.txt"], shell.Run("(Get-VaultFile).Name").Texts);
        shell.Run("Disconnect-Vault").MustSucceed();
        Assert.Equal(["one.txt"], shell.Run("(Get-VaultFile).Name").Texts);
    }

    [Fact]
    public void Session_OtherRunspace_HasNoDefaultOfAnother()
    {
        using var signedIn = server.SignedUp();
        using var other = new VaultShell();
        Assert.Empty(other.Run("Get-VaultSession").Output);
        Assert.Single(signedIn.Run("Get-VaultSession").Output);
    }
}

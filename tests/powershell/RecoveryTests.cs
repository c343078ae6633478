using System.Management.Automation;
using Vault.Tests.Server;
using Vault.Tests.Support;

namespace Vault.PowerShell.Tests;

/// <summary>Request-VaultRecovery, Reset-VaultPassword and what belongs to them, as a person uses them, with the mail read from the pickup
/// folder.</summary>
public sealed class RecoveryTests(Server server) : IClassFixture<Server>
{
    private const string Reset =
        "param($server, $email, $code, $password, $key) Reset-VaultPassword $server $email -Code $code -NewPassword $password";

    private static readonly string[] Names = ["own.txt", "papers/locked.txt"];

    private readonly Mailbox _mail = new(Path.Combine(server.DataFolder, "data", "mail"));

    [Fact]
    public async Task Story_PasswordForgottenAndRecoveryKeyAtHand_NothingIsLost()
    {
        using var folder = new TemporaryFolder();
        using var shell = new VaultShell();
        var email = server.NewEmail();
        var key = SignUp(shell, email);
        shell.Run("param($p) Send-VaultFile $p", folder.Write("own.txt", "own"u8.ToArray())).MustSucceed();
        using var elsewhere = new VaultShell();
        elsewhere.Run(Connect, server.Address, email, VaultShell.Secure(Server.Password)).MustSucceed();

        using var fresh = new VaultShell();
        var code = await RequestAsync(fresh, email);
        var result = fresh.Run(Reset + " -RecoveryKey $key", server.Address, email, code, VaultShell.Secure("new horse"), key).MustSucceed();
        Assert.Empty(result.Output);
        fresh.Run("param($p) Get-VaultFile own.txt | Receive-VaultFile -Destination $p", folder.At("back/")).MustSucceed();
        Assert.Equal("own", await File.ReadAllTextAsync(folder.At("back/own.txt")));
        Assert.StartsWith("not_authenticated,", elsewhere.RunToError("Get-VaultFile").FullyQualifiedErrorId, StringComparison.Ordinal);
        using var notice = await _mail.NextAsync(email, "was reset");
        Assert.Contains("Every session has ended", notice.TextBody, StringComparison.Ordinal);

        var again = new VaultShell();
        using (again)
        {
            Assert.StartsWith(
                "login_failed,",
                again.RunToError(Connect, server.Address, email, VaultShell.Secure(Server.Password)).FullyQualifiedErrorId,
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Story_WithoutTheRecoveryKey_IsToldWhatIsLostAndGetsItBackLater()
    {
        using var folder = new TemporaryFolder();
        using var shell = new VaultShell();
        using var bob = server.SignedUp();
        var email = server.NewEmail();
        var oldKey = SignUp(shell, email);
        shell.Run("param($p) Send-VaultFile $p", folder.Write("own.txt", "own"u8.ToArray())).MustSucceed();
        shell.Run(
            "param($p, $w) Send-VaultFile $p -Destination papers/ -Password $w", folder.Write("locked.txt", "locked"u8.ToArray()),
            VaultShell.Secure("file password")).MustSucceed();
        bob.Run("param($p) Send-VaultFile $p", folder.Write("his.txt", "his"u8.ToArray())).MustSucceed();
        bob.Run("param($e) Grant-VaultShare his.txt -To $e 3>$null", email).MustSucceed();

        using var fresh = new VaultShell();
        var code = await RequestAsync(fresh, email);
        fresh.Host.WillChoose(0);
        var newKey = Assert.Single(
            fresh.Run(Reset, server.Address, email, code, VaultShell.Secure("new horse")).MustSucceed().Output);
        Assert.Contains("1 files of your own, and 1 that others gave you", fresh.Host.Shown, StringComparison.Ordinal);
        Assert.StartsWith("vaultrecovery1", fresh.Run("param($k) $k.Reveal()", newKey).Texts.Single(), StringComparison.Ordinal);

        // The password file comes back under its name; the other says why not.
        fresh.Run(
            "param($p, $w) Get-VaultFile -ErrorAction SilentlyContinue | Where-Object Protection -eq Password | Receive-VaultFile -Destination $p -Password $w",
            folder.At("back/"), VaultShell.Secure("file password")).MustSucceed();
        Assert.Equal("locked", await File.ReadAllTextAsync(folder.At("back/papers/locked.txt")));
        var lost = fresh.Run("param($p) Get-VaultFile unnamed/* -ErrorAction SilentlyContinue | Receive-VaultFile -Destination $p", folder.At("back/")).MustReport();
        Assert.StartsWith("keys_lost,", lost.FullyQualifiedErrorId, StringComparison.Ordinal);

        // Bob sees it, confirms the new keys, and grants again in one command.
        Assert.Equal(
            ["False"], bob.Run("Get-VaultShare his.txt -Given | ForEach-Object { $_.IsReadable }").MustSucceed().Texts);
        var fingerprint = bob.Run("(Get-VaultSession -Default).Email").Texts.Single();
        fingerprint = fresh.Run("param($e) (Get-VaultContact $e).Fingerprint", fingerprint).MustSucceed().Texts.Single();
        bob.Run("param($e, $f) Confirm-VaultContact $e -Fingerprint $f", email, fingerprint).MustSucceed();
        bob.Run("Get-VaultShare -Given | Where-Object IsReadable -eq $false | Grant-VaultShare").MustSucceed();
        Assert.Equal(["his.txt"], fresh.Run("(Get-VaultFile -Shared).Name").MustSucceed().Texts);

        // The old recovery key turns up.
        fresh.Run(
            "param($k, $p) Restore-VaultKeyRing -RecoveryKey $k -Password $p", oldKey, VaultShell.Secure("new horse")).MustSucceed();
        Assert.Equal(Names, fresh.Run("(Get-VaultFile).Name").MustSucceed().Texts.Except(["his.txt"]).Order(StringComparer.Ordinal));
        fresh.Run("param($p) Get-VaultFile own.txt | Receive-VaultFile -Destination $p", folder.At("back/")).MustSucceed();
        Assert.Equal("own", await File.ReadAllTextAsync(folder.At("back/own.txt")));
    }

    [Fact]
    public async Task ResetVaultPassword_WithoutForceAndNobodyToAsk_EndsWithConfirmationNeeded()
    {
        using var folder = new TemporaryFolder();
        using var shell = new VaultShell();
        var email = server.NewEmail();
        SignUp(shell, email);
        shell.Run("param($p) Send-VaultFile $p", folder.Write("own.txt", "own"u8.ToArray())).MustSucceed();
        var code = await RequestAsync(shell, email);
        shell.Host.Refuses = true;
        var error = shell.RunToError(Reset, server.Address, email, code, VaultShell.Secure("new horse"));
        Assert.StartsWith("confirmation_needed,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("1 files would no longer open", error.Exception.Message, StringComparison.Ordinal);
        shell.Run("Get-VaultFile").MustSucceed();

        code = await RequestAsync(shell, email);
        shell.Run(Reset + " -Force", server.Address, email, code, VaultShell.Secure("new horse")).MustSucceed();
    }

    [Fact]
    public async Task ResetVaultPassword_SecondFactor_AsksForTheCodeAndKeepsTheMailedOneUntilItIsThere()
    {
        using var shell = new VaultShell();
        var email = server.NewEmail();
        SignUp(shell, email);
        var app = Authenticator.Scan(shell.Run("(Enable-VaultTotp 3>$null).Reveal()").MustSucceed().Texts.Single());
        var codes = shell.Run("param($c) (Enable-VaultTotp $c 3>$null).Codes", app.Show(DateTimeOffset.UtcNow)).MustSucceed().Texts.ToArray();
        var code = await RequestAsync(shell, email);

        shell.Host.Refuses = true; // a script, at night
        var missing = shell.RunToError(Reset + " -Force", server.Address, email, code, VaultShell.Secure("new horse"));
        Assert.Equal("code_required,Vault.PowerShell.Commands.ResetVaultPasswordCommand", missing.FullyQualifiedErrorId);
        Assert.Contains("-OneTimeCode", missing.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        Assert.Contains("The mailed code stays good", missing.Exception.Message, StringComparison.Ordinal);
        shell.Run("Get-VaultFile").MustSucceed(); // nothing has changed

        var asked = shell.Host.Shown.Split("One-time code").Length;
        shell.Host.Refuses = false; // the same mailed code, and somebody who mistypes
        shell.Host.WillType("000000");
        shell.Host.WillType(codes[0]);
        shell.Run(Reset + " -Force 3>$null", server.Address, email, code, VaultShell.Secure("new horse")).MustSucceed();
        Assert.Equal(asked + 2, shell.Host.Shown.Split("One-time code").Length);

        code = await RequestAsync(shell, email);
        shell.Host.Refuses = true;
        shell.RunToError(Reset + " -Force", server.Address, email, code, VaultShell.Secure("newer horse"));
        shell.Run(
            "param($server, $email, $code, $password, $one) Reset-VaultPassword $server $email -Code $code -NewPassword $password -OneTimeCode $one -Force 3>$null",
            server.Address, email, code, VaultShell.Secure("newer horse"), codes[1]).MustSucceed();
    }

    [Fact]
    public void SetVaultPassword_RotateKeys_NamesTheAccessKeysThatEnd()
    {
        using var folder = new TemporaryFolder();
        using var shell = server.SignedUp();
        shell.Run("param($p) New-VaultAccessKey $p -Scope ReadOnly -Name 'monthly report'", folder.At("report.key")).MustSucceed();
        var result = shell.Run(
            "param($old, $new) Set-VaultPassword -Password $old -NewPassword $new -RotateKeys", VaultShell.Secure(Server.Password),
            VaultShell.Secure("new horse")).MustSucceed();
        Assert.Contains(result.Warnings, warning => warning.Message.Contains("'monthly report'", StringComparison.Ordinal));
        var error = shell.RunToError("param($p) Connect-Vault -AccessKey $p", folder.At("report.key"));
        Assert.Equal("not_authenticated,Vault.PowerShell.Commands.ConnectVaultCommand", error.FullyQualifiedErrorId);
        Assert.Contains("New-VaultAccessKey", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ResetVaultPassword_WrongCodeOrKeyOrServer_EndsWithItsError()
    {
        using var shell = new VaultShell();
        var email = server.NewEmail();
        var key = SignUp(shell, email);
        var wrong = shell.RunToError(Reset, server.Address, email, "0000-0000-0000", VaultShell.Secure("new horse"));
        Assert.StartsWith("code_invalid,", wrong.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(ErrorCategory.AuthenticationError, wrong.CategoryInfo.Category);
        var typo = shell.RunToError(
            Reset + " -RecoveryKey $key", server.Address, email, "0000-0000-0000", VaultShell.Secure("new horse"),
            VaultShell.Secure("vaultrecovery1qqqq"));
        Assert.StartsWith("invalid_argument,", typo.FullyQualifiedErrorId, StringComparison.Ordinal);
        var code = await RequestAsync(shell, email);
        var unpinned = shell.RunToError(
            Reset + " -AcceptServerKey $key", $"localhost:{server.Port}", email, code, VaultShell.Secure("new horse"), server.Key);
        Assert.StartsWith("server_unknown,", unpinned.FullyQualifiedErrorId, StringComparison.Ordinal);
        shell.Run(Reset + " -RecoveryKey $key", server.Address, email, code, VaultShell.Secure("new horse"), key).MustSucceed();
    }

    [Fact]
    public void SetVaultPassword_RotateKeys_ContactsGoOnAndOldFilesOpen()
    {
        using var folder = new TemporaryFolder();
        using var shell = server.SignedUp();
        using var bob = server.SignedUp();
        var (ada, bobs) = (EmailOf(shell), EmailOf(bob));
        shell.Run("param($p) Send-VaultFile $p", folder.Write("own.txt", "own"u8.ToArray())).MustSucceed();
        shell.Run("param($e) Grant-VaultShare own.txt -To $e 3>$null", bobs).MustSucceed();
        bob.Run("param($p) Send-VaultFile $p", folder.Write("his.txt", "his"u8.ToArray())).MustSucceed();
        bob.Run("param($e) Grant-VaultShare his.txt -To $e 3>$null", ada).MustSucceed();
        Assert.Equal(["own.txt"], bob.Run("(Get-VaultFile -Shared).Name").MustSucceed().Texts);

        var wrong = shell.RunToError(
            "param($old, $new) Set-VaultPassword -Password $old -NewPassword $new", VaultShell.Secure("wrong horse"), VaultShell.Secure("new horse"));
        Assert.StartsWith("login_failed,", wrong.FullyQualifiedErrorId, StringComparison.Ordinal);
        var key = Assert.Single(shell.Run(
            "param($old, $new) Set-VaultPassword -Password $old -NewPassword $new -RotateKeys 3>$null",
            VaultShell.Secure(Server.Password), VaultShell.Secure("new horse")).MustSucceed().Output);
        Assert.Equal("Vault.PowerShell.VaultRecoveryKey", key.BaseObject.GetType().FullName);

        Assert.Equal(["own.txt"], shell.Run("(Get-VaultFile).Name").MustSucceed().Texts.Except(["his.txt"]));
        shell.Run("param($p) Get-VaultFile | Receive-VaultFile -Destination $p", folder.At("ada/")).MustSucceed();
        bob.Run("param($p) Get-VaultFile -Shared | Receive-VaultFile -Destination $p", folder.At("bob/")).MustSucceed();
        Assert.Equal("own", File.ReadAllText(folder.At("bob/own.txt")));
        shell.Run("param($p) Send-VaultFile $p -Force", folder.Write("own.txt", "second"u8.ToArray())).MustSucceed();
        bob.Run("param($p) Get-VaultFile -Shared | Receive-VaultFile -Destination $p -Force", folder.At("bob/")).MustSucceed();
        Assert.Equal("second", File.ReadAllText(folder.At("bob/own.txt")));
        bob.Run("param($e) Grant-VaultShare his.txt -To $e -Force 3>$null", ada).MustSucceed();
    }

    [Fact]
    public void Sessions_OfTheAccount_AreListedAndEnded()
    {
        using var shell = server.SignedUp();
        var email = EmailOf(shell);
        using var other = new VaultShell();
        other.Run(Connect, server.Address, email, VaultShell.Secure(Server.Password)).MustSucceed();
        var listed = shell.Run("Get-VaultSession -All").MustSucceed().Output;
        Assert.Equal(2, listed.Count);
        shell.Run("Get-VaultSession -All | Out-Default").MustSucceed();
        Assert.Contains(Environment.MachineName, shell.Host.Shown, StringComparison.Ordinal);
        Assert.Contains("127.0.0.1", shell.Host.Shown, StringComparison.Ordinal);

        shell.Run("Get-VaultSession -All | Where-Object { -not $_.IsCurrent } | Disconnect-Vault").MustSucceed();
        Assert.StartsWith("not_authenticated,", other.RunToError("Get-VaultFile").FullyQualifiedErrorId, StringComparison.Ordinal);
        other.Run(Connect, server.Address, email, VaultShell.Secure(Server.Password)).MustSucceed();
        shell.Run("Disconnect-Vault -All").MustSucceed();
        Assert.StartsWith("not_authenticated,", other.RunToError("Get-VaultFile").FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Empty(shell.Run("Get-VaultSession").Output);
    }

    [Fact]
    public async Task NewVaultRecoveryKey_ThenReset_OnlyTheNewKeyWorks()
    {
        using var shell = new VaultShell();
        var email = server.NewEmail();
        var old = SignUp(shell, email);
        var key = shell.Run("param($p) (New-VaultRecoveryKey -Password $p 3>$null).Key", VaultShell.Secure(Server.Password))
            .MustSucceed().Output.Single();
        var code = await RequestAsync(shell, email);
        var wrong = shell.RunToError(
            Reset + " -RecoveryKey $key", server.Address, email, code, VaultShell.Secure("new horse"), old);
        Assert.StartsWith("wrong_recovery_key,", wrong.FullyQualifiedErrorId, StringComparison.Ordinal);
        code = await RequestAsync(shell, email);
        shell.Run(Reset + " -RecoveryKey $key", server.Address, email, code, VaultShell.Secure("new horse"), key).MustSucceed();
    }

    [Fact]
    public async Task Story_AgainstAnSmtpHost_CodeAndNoticeArrive()
    {
        await using var host = await SmtpHost.StartAsync(tls: true, user: "vault", password: "mail password");
        using var folder = new TemporaryFolder();
        var secret = folder.Write("mail-password", "mail password\n"u8.ToArray());
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(secret, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        var own = await Server.StartAsync(
            "--Vault:Mail:Host", "127.0.0.1", "--Vault:Mail:Port", $"{host.Port}", "--Vault:Mail:User", "vault",
            "--Vault:Mail:PasswordFile", secret, "--Vault:Mail:CertificateSha256", host.CertificateSha256,
            "--Vault:Mail:SenderAddress", "vault@example.org");
        await using (own)
        {
            using var shell = new VaultShell();
            var email = own.NewEmail();
            var key = SignUp(shell, email, own);
            var asked = (await host.SawAsync("mail")).GetProperty("raw").GetString()!; // a mail has it
            using (var first = new MemoryStream(System.Text.Encoding.Latin1.GetBytes(asked)))
            using (var confirmation = await MimeKit.MimeMessage.LoadAsync(first))
            {
                shell.Run(
                    "param($s, $e, $c) Confirm-VaultAccount -Server $s -Email $e -Code $c", own.Address, email,
                    Mailbox.CodeIn(confirmation.TextBody ?? "")).MustSucceed();
            }

            shell.Run("param($s, $e) Request-VaultRecovery $s $e 3>$null", own.Address, email).MustSucceed();
            var mail = await host.SawAsync("mail");
            Assert.True(mail.GetProperty("secure").GetBoolean());
            using var raw = new MemoryStream(System.Text.Encoding.Latin1.GetBytes(mail.GetProperty("raw").GetString()!)); // a mail has it
            using var message = await MimeKit.MimeMessage.LoadAsync(raw);
            Assert.Contains(own.Key, message.TextBody, StringComparison.Ordinal);
            var code = Mailbox.CodeIn(message.TextBody!); // asserted above
            shell.Run(Reset + " -RecoveryKey $key", own.Address, email, code, VaultShell.Secure("new horse"), key).MustSucceed();
            Assert.Contains("was reset", (await host.SawAsync("mail")).GetProperty("raw").GetString(), StringComparison.Ordinal);
        }
    }

    private const string Connect =
        "param($server, $email, $password) Connect-Vault -Server $server -Email $email -Password $password";

    private static string EmailOf(VaultShell shell) => shell.Run("(Get-VaultSession -Default).Email").MustSucceed().Texts.Single();

    private PSObject SignUp(VaultShell shell, string email, Server? at = null) => shell.Run(
        "param($server, $email, $password) (New-VaultAccount -Server $server -Email $email -Password $password 3>$null).Key",
        (at ?? server).Address, email, VaultShell.Secure(Server.Password)).MustSucceed().Output.Single();

    private async Task<string> RequestAsync(VaultShell shell, string email)
    {
        shell.Run("param($s, $e) Request-VaultRecovery -Server $s -Email $e 3>$null", server.Address, email).MustSucceed();
        return await _mail.NextCodeAsync(email);
    }
}

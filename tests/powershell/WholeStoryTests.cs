using System.Management.Automation;
using System.Text;
using MimeKit;
using Vault.Tests.Server;
using Vault.Tests.Support;

namespace Vault.PowerShell.Tests;

/// <summary>An account's whole life in one go, as a person types it: made, guarded, lost and got back, changed, used by a script, closed. Once
/// with mail in the pickup folder, once through an SMTP host.</summary>
public sealed class WholeStoryTests
{
    private const string Email = "ada@example.org";

    [Fact]
    public async Task Story_MailInThePickupFolder_EndsAsItShould()
    {
        await using var server = await Server.StartAsync();
        var mail = new Mailbox(Path.Combine(server.DataFolder, "data", "mail"));
        await RunAsync(server, isConfirming: false, async subject =>
        {
            using var message = await mail.NextAsync(Email, subject);
            return message.TextBody ?? "";
        });
    }

    [Fact]
    public async Task Story_MailThroughAnSmtpHost_EndsAsItShould()
    {
        await using var host = await SmtpHost.StartAsync(tls: true, user: "vault", password: "mail password");
        using var folder = new TemporaryFolder();
        var secret = folder.Write("mail-password", "mail password\n"u8.ToArray());
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(secret, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        await using var server = await Server.StartAsync(
            "--Vault:Mail:Host", "127.0.0.1", "--Vault:Mail:Port", $"{host.Port}", "--Vault:Mail:User", "vault",
            "--Vault:Mail:PasswordFile", secret, "--Vault:Mail:CertificateSha256", host.CertificateSha256,
            "--Vault:Mail:SenderAddress", "vault@example.org");
        await RunAsync(server, isConfirming: true, async subject =>
        {
            while (true)
            {
                var raw = (await host.SawAsync("mail")).GetProperty("raw").GetString()!; // a mail has it; each wait has its bound
                using var bytes = new MemoryStream(Encoding.Latin1.GetBytes(raw));
                using var message = await MimeMessage.LoadAsync(bytes);
                if (message.Subject?.Contains(subject, StringComparison.Ordinal) == true)
                {
                    return message.TextBody ?? "";
                }
            }
        });
    }

    private static async Task RunAsync(Server server, bool isConfirming, Func<string, Task<string>> mail)
    {
        using var folder = new TemporaryFolder();
        using var shell = new VaultShell();
        shell.Host.Refuses = true; // nobody is asked for anything that was not given
        var first = Do(
            "param($s, $e, $p) (New-VaultAccount -Server $s -Email $e -Password $p 3>$null).Key", server.Address, Email,
            VaultShell.Secure("first horse")).Single();
        if (isConfirming)
        {
            Do("param($s, $e, $c) Confirm-VaultAccount -Server $s -Email $e -Code $c", server.Address, Email, Mailbox.CodeIn(await mail("Confirm")));
            Do("param($s, $e, $p) Connect-Vault $s -Email $e -Password $p", server.Address, Email, VaultShell.Secure("first horse"));
        }

        Do("param($p) Send-VaultFile $p", folder.Write("own.txt", "own"u8.ToArray()));
        var app = Authenticator.Scan(Text(Do("(Enable-VaultTotp 3>$null).Reveal()")));
        var codes = Do("param($c) (Enable-VaultTotp $c 3>$null).Codes", app.Show(DateTimeOffset.UtcNow)).Select(code => code.ToString()).ToArray();

        // Forgotten, with the recovery key at hand: nothing is lost; the sign-in wants its code.
        Do(
            "param($s, $e, $c, $p, $k, $o) Reset-VaultPassword $s $e -Code $c -NewPassword $p -RecoveryKey $k -OneTimeCode $o", server.Address,
            Email, await CodeAsync(), VaultShell.Secure("second horse"), first, codes[0]);
        Assert.Contains("Every session has ended", await mail("was reset"), StringComparison.Ordinal);
        Assert.Equal("own", Read("own.txt"));

        // Forgotten again, without it: the file is closed until the key turns up.
        Do(
            "param($s, $e, $c, $p, $o) Reset-VaultPassword $s $e -Code $c -NewPassword $p -OneTimeCode $o -Force 3>$null", server.Address, Email,
            await CodeAsync(), VaultShell.Secure("third horse"), codes[1]);
        await mail("was reset");
        Assert.Empty(Do("Get-VaultFile own.txt -ErrorAction SilentlyContinue"));
        Do("param($k, $p) Restore-VaultKeyRing -RecoveryKey $k -Password $p", first, VaultShell.Secure("third horse"));
        await mail("restored");
        Assert.Equal("own", Read("own.txt"));

        // A new password with new keys, and a script that reads what is older than they are.
        Do(
            "param($old, $new) $null = Set-VaultPassword -Password $old -NewPassword $new -RotateKeys 3>$null", VaultShell.Secure("third horse"),
            VaultShell.Secure("fourth horse"));
        await mail("password and keys were changed");
        Do("param($p) New-VaultAccessKey $p -Scope ReadOnly", folder.At("report.key"));
        using var script = new VaultShell();
        script.Run("param($p) Connect-Vault -AccessKey $p", folder.At("report.key")).MustSucceed();
        script.Run("param($p) Receive-VaultFile own.txt -Destination $p", folder.At("script/")).MustSucceed();
        Assert.Equal("own", await File.ReadAllTextAsync(folder.At("script/own.txt")));

        // And the end.
        Do("param($p, $o) Remove-VaultAccount -Password $p -OneTimeCode $o -Force", VaultShell.Secure("fourth horse"), codes[2]);
        Assert.Contains("nobody can bring them back", await mail("was closed"), StringComparison.Ordinal);
        Assert.StartsWith("not_authenticated,", script.RunToError("Get-VaultFile").FullyQualifiedErrorId, StringComparison.Ordinal);
        var gone = shell.RunToError(
            "param($s, $e, $p) Connect-Vault $s -Email $e -Password $p", server.Address, Email, VaultShell.Secure("fourth horse"));
        Assert.StartsWith("login_failed,", gone.FullyQualifiedErrorId, StringComparison.Ordinal);

        IReadOnlyList<PSObject> Do(string line, params object?[] arguments) => [.. shell.Run(line, arguments).MustSucceed().Output];

        async Task<string> CodeAsync()
        {
            Do("param($s, $e) Request-VaultRecovery $s $e 3>$null", server.Address, Email);
            return Mailbox.CodeIn(await mail("recovery code"));
        }

        string Read(string name)
        {
            Do("param($n, $p) Receive-VaultFile $n -Destination $p -Force", name, folder.At("back/"));
            return File.ReadAllText(folder.At($"back/{name}"));
        }
    }

    private static string Text(IReadOnlyList<PSObject> output) => Assert.Single(output).ToString();
}

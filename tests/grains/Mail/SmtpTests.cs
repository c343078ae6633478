using System.Text.Json;
using MimeKit;
using Vault.Tests.Support;

namespace Vault.Grains.Tests.Mail;

/// <summary>Mail to a real SMTP host that works, and that fails in the ways hosts do.</summary>
public sealed class SmtpTests
{
    [Fact]
    public async Task Send_StartTlsAndAuthentication_HandsOverEncryptedAndSignedIn()
    {
        await using var host = await SmtpHost.StartAsync(tls: true, user: "vault", password: "s3cret words");
        await using var mail = await MailVault.StartAsync(options =>
        {
            To(host, options);
            options.Security = MailSecurity.StartTls;
            options.CertificateSha256 = host.CertificateSha256;
            (options.User, options.Password) = ("vault", "s3cret words");
        });
        await mail.ForgottenAsync(await mail.SendAsync());

        var seen = await host.SawAsync("mail");
        Assert.Equal((true, "vault"), (seen.GetProperty("secure").GetBoolean(), seen.GetProperty("user").GetString()));
        Assert.Equal("vault@example.org", seen.GetProperty("from").GetString());
        Assert.Equal("ada@example.org", seen.GetProperty("to")[0].GetString());
        Assert.Contains("CODE-1", Parse(seen).TextBody, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Send_TlsFromTheFirstByteAndPasswordInAFile_HandsOver()
    {
        using var folder = new TemporaryFolder();
        var file = folder.File("password");
        await WritePasswordAsync(file);
        await using var host = await SmtpHost.StartAsync(implicitTls: true, user: "vault", password: "s3cret words");
        await using var mail = await MailVault.StartAsync(options =>
        {
            To(host, options);
            options.Security = MailSecurity.Tls;
            options.CertificateSha256 = host.CertificateSha256;
            (options.User, options.PasswordFile) = ("vault", file);
        });
        await mail.ForgottenAsync(await mail.SendAsync());
        Assert.Equal("vault", (await host.SawAsync("mail")).GetProperty("user").GetString());
    }

    [Fact]
    public async Task Send_CertificateThatNobodyTrusts_NeverLeaves()
    {
        await using var host = await SmtpHost.StartAsync(tls: true);
        await using var mail = await MailVault.StartAsync(options =>
        {
            To(host, options);
            options.Security = MailSecurity.StartTls;
        });
        await mail.SendAsync();
        await LoggedAsync(mail, "a certificate that is not trusted");
        Assert.True(host.HasSeenAll);
    }

    [Fact]
    public async Task Send_HostWithoutStartTls_NeverLeavesInClear()
    {
        await using var host = await SmtpHost.StartAsync();
        await using var mail = await MailVault.StartAsync(options =>
        {
            To(host, options);
            options.Security = MailSecurity.StartTls;
        });
        await mail.SendAsync();
        await LoggedAsync(mail, "does not offer what is asked for");
        Assert.True(host.HasSeenAll);
    }

    [Fact]
    public async Task Send_WrongPassword_IsLoggedWithoutIt()
    {
        await using var host = await SmtpHost.StartAsync(tls: true, user: "vault", password: "right");
        await using var mail = await MailVault.StartAsync(options =>
        {
            To(host, options);
            options.Security = MailSecurity.StartTls;
            options.CertificateSha256 = host.CertificateSha256;
            (options.User, options.Password) = ("vault", "wr0ng-w0rd");
        });
        await mail.SendAsync();
        await LoggedAsync(mail, "refuses user or password");
        Assert.DoesNotContain("wr0ng-w0rd", mail.Log.All, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Send_PasswordFileThatCannotBeRead_LeavesWhenItCan()
    {
        using var folder = new TemporaryFolder();
        var file = folder.File("password");
        await WritePasswordAsync(file);
        await using var host = await SmtpHost.StartAsync(tls: true, user: "vault", password: "s3cret words");
        await using var mail = await MailVault.StartAsync(options =>
        {
            To(host, options);
            options.Security = MailSecurity.StartTls;
            options.CertificateSha256 = host.CertificateSha256;
            (options.User, options.PasswordFile) = ("vault", file);
        });
        File.Delete(file);
        Directory.CreateDirectory(file); // which nobody may read as a file
        var queued = await mail.SendAsync();
        await LoggedAsync(mail, $"The password of the mail host cannot be read from {file}.");
        Directory.Delete(file);
        await WritePasswordAsync(file);

        await mail.ForgottenAsync(queued);
        Assert.Equal("vault", (await host.SawAsync("mail")).GetProperty("user").GetString());
    }

    [Fact]
    public async Task Send_ComposerFailsUnforeseen_IsTriedAgainAndAtLastGivenUp()
    {
        await using var host = await SmtpHost.StartAsync();
        await using var mail = await MailVault.StartAsync(options => To(host.Port, options));
        mail.Composer.Failure = new InvalidOperationException("nobody thought of this");
        var kept = await mail.SendAsync();
        await LoggedAsync(mail, "at attempt 2; it is tried again. nobody thought of this");
        mail.Composer.Failure = null;
        await mail.ForgottenAsync(kept);
        await host.SawAsync("mail");

        mail.Composer.Failure = new OperationCanceledException("of something else");
        var lost = await mail.SendAsync();
        mail.Vault.Time.Advance(TimeSpan.FromHours(4));
        await mail.ForgottenAsync(lost);
        Assert.Contains($"Mail {lost.Id} (test) of account {lost.Account} was given up", Assert.Single(mail.Log.Errors), StringComparison.Ordinal);
        Assert.True(host.HasSeenAll);
    }

    [Fact]
    public async Task Send_HostDown_LeavesWhenItIsBack()
    {
        int port;
        await using (var gone = await SmtpHost.StartAsync())
        {
            port = gone.Port;
        }

        await using var mail = await MailVault.StartAsync(options => To(port, options));
        var queued = await mail.SendAsync();
        await LoggedAsync(mail, "cannot be reached");
        await using var host = await SmtpHost.StartAsync(port: port);

        await mail.ForgottenAsync(queued);
        await host.SawAsync("mail");
        Assert.Equal(1, mail.Composer.Composed);
    }

    [Theory]
    [InlineData("slow", "sender", "did not answer in time")]
    [InlineData("die-in-data", "data", "dropped the connection")]
    [InlineData("refuse-sender", "sender", "refuses the sender address (550)")]
    [InlineData("refuse-recipient", "sender", "refuses the recipient (550)")]
    [InlineData("want-user", "sender", "takes mail from users alone")]
    public async Task Send_HostFails_IsTriedAgainAndHandedOverOnce(string mode, string seen, string logged)
    {
        await using var host = await SmtpHost.StartAsync();
        await using var mail = await MailVault.StartAsync(options => To(host.Port, options));
        await host.BehaveAsync(mode);
        var queued = await mail.SendAsync();
        await host.SawAsync(seen);
        await LoggedAsync(mail, logged);
        await host.BehaveAsync("ok");

        await mail.ForgottenAsync(queued);
        Assert.Contains("CODE-1", Parse(await host.SawAsync("mail")).TextBody, StringComparison.Ordinal);
        Assert.True(host.HasSeenAll, "The mail was handed over twice.");
        Assert.DoesNotContain("ada@example.org", mail.Log.All, StringComparison.Ordinal);
        Assert.Empty(mail.Log.Errors);
    }

    [Fact]
    public async Task Send_HostNeverTakesIt_IsGivenUpAndTheOperatorSeesIt()
    {
        await using var host = await SmtpHost.StartAsync();
        await using var mail = await MailVault.StartAsync(options => To(host.Port, options));
        await host.BehaveAsync("refuse-sender");
        var queued = await mail.SendAsync();
        await host.SawAsync("sender");
        mail.Vault.Time.Advance(TimeSpan.FromHours(4));

        await mail.ForgottenAsync(queued);
        var error = Assert.Single(mail.Log.Errors);
        Assert.Contains($"Mail {queued.Id} (test) of account {queued.Account} was given up", error, StringComparison.Ordinal);
        Assert.Contains("refuses the sender address (550). Check Vault:Mail:SenderAddress.", error, StringComparison.Ordinal);
    }

    private static void To(SmtpHost host, MailOptions options) => To(host.Port, options);

    private static void To(int port, MailOptions options)
    {
        (options.Host, options.Port, options.SenderAddress) = ("127.0.0.1", port, "vault@example.org");
        options.Security = MailSecurity.None;
    }

    private static async Task WritePasswordAsync(string file)
    {
        await File.WriteAllTextAsync(file, "s3cret words\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead);
        }
    }

    private static Task LoggedAsync(MailVault mail, string text) => Until.HoldsAsync(
        () => Task.FromResult(mail.Log.All.Contains(text, StringComparison.Ordinal)), $"Nobody was told: {mail.Log.All}");

    private static MimeMessage Parse(JsonElement seen)
    {
        using var raw = new MemoryStream(System.Text.Encoding.Latin1.GetBytes(seen.GetProperty("raw").GetString()!)); // a mail has it
        return MimeMessage.Load(raw);
    }
}

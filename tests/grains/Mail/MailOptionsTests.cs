using Microsoft.Extensions.Options;
using Vault.Grains.Mail;
using Vault.Tests.Support;

namespace Vault.Grains.Tests.Mail;

public sealed class MailOptionsTests
{
    public static TheoryData<string, Action<MailOptions>> Wrong => new()
    {
        { "Vault:Mail:SenderAddress is 'nobody'", mail => mail.SenderAddress = "nobody" },
        { "Vault:Mail:SenderAddress is missing", mail => mail.SenderAddress = "vault@localhost" },
        { "Vault:Mail:SenderName", mail => mail.SenderName = "a\r\nBcc: b@example.org" },
        { "Vault:Mail:Port is 0", mail => mail.Port = 0 },
        { "Vault:Mail:Port is 65536", mail => mail.Port = 65_536 },
        { "recovery codes would cross the network in clear", mail => mail.Security = MailSecurity.None },
        { "Vault:Mail:Security must be", mail => mail.Security = (MailSecurity)7 },
        { "Vault:Mail:CertificateSha256", mail => mail.CertificateSha256 = "abc" },
        { "go together", mail => mail.User = "vault" },
        { "go together", mail => mail.Password = "secret" },
        { "both Password and PasswordFile", mail => (mail.User, mail.Password, mail.PasswordFile) = ("a", "b", "c") },
        { "PasswordFile cannot be read", mail => (mail.User, mail.PasswordFile) = ("a", "/nowhere/at/all") },
        { "Vault:Mail:Timeout", mail => mail.Timeout = TimeSpan.Zero },
        { "Vault:Mail:FirstRetry", mail => mail.FirstRetry = TimeSpan.Zero },
        { "Vault:Mail:MaxRetry", mail => mail.MaxRetry = TimeSpan.FromSeconds(1) },
        { "Vault:Mail:GiveUpAfter", mail => mail.GiveUpAfter = TimeSpan.FromDays(8) },
        { "Vault:Mail:MaxConnections", mail => mail.MaxConnections = 0 },
        { "no Host to use them at", mail => (mail.Host, mail.User, mail.Password) = (null, "a", "b") },
        { "Vault:Mail:Pickup is empty", mail => (mail.Host, mail.Pickup) = (null, " ") },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Validate_WrongSetting_NamesIt(string expected, Action<MailOptions> change)
    {
        var mail = Right();
        change(mail);
        var result = new MailOptionsCheck().Validate(null, mail);
        Assert.True(result.Failed);
        Assert.Contains(expected, result.FailureMessage, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_RightSettings_Succeeds()
    {
        Assert.Equal(ValidateOptionsResult.Success, new MailOptionsCheck().Validate(null, Right()));
        Assert.Equal(ValidateOptionsResult.Success, new MailOptionsCheck().Validate(null, new MailOptions()));
    }

    [SkippableFact]
    public void Validate_PasswordFileThatOthersCanRead_IsRefused() => Assert.Contains(
        "chmod 600", ValidatePasswordFile(UnixFileMode.UserRead | UnixFileMode.OtherRead).FailureMessage, StringComparison.Ordinal);

    [SkippableFact]
    public void Validate_PasswordFileThatAnOrchestratorMounts_Succeeds() => // as deploy/kubernetes/vault.yaml does
        Assert.True(ValidatePasswordFile(UnixFileMode.UserRead | UnixFileMode.GroupRead).Succeeded);

    private static ValidateOptionsResult ValidatePasswordFile(UnixFileMode mode)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new SkipException("Windows has no such modes.");
        }

        using var folder = new TemporaryFolder();
        var mail = Right();
        (mail.User, mail.PasswordFile) = ("vault", folder.File("password"));
        File.WriteAllText(mail.PasswordFile, "secret");
        File.SetUnixFileMode(mail.PasswordFile, mode);
        return new MailOptionsCheck().Validate(null, mail);
    }

    private static MailOptions Right() => new() { Host = "mail.example.org", SenderAddress = "vault@example.org" };
}

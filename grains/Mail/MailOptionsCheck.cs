using System.Net;
using Microsoft.Extensions.Options;
using MimeKit;
using Vault.Storage.Local;

namespace Vault.Grains.Mail;

/// <summary>Looks through the mail settings when the silo starts: a server that could never send a code does not start.</summary>
internal sealed class MailOptionsCheck : IValidateOptions<MailOptions>
{
    private const int Sha256Digits = 64;

    public ValidateOptionsResult Validate(string? name, MailOptions options) =>
        Problems(options).ToList() is { Count: > 0 } problems
            ? ValidateOptionsResult.Fail(problems)
            : ValidateOptionsResult.Success;

    private static IEnumerable<string> Problems(MailOptions mail)
    {
        if (!MailboxAddress.TryParse(mail.SenderAddress, out var sender) || sender.Domain.Length == 0 || sender.Address != mail.SenderAddress)
        {
            yield return $"Vault:Mail:SenderAddress is '{mail.SenderAddress}', which is no e-mail address.";
        }

        if (mail.SenderName.Any(char.IsControl))
        {
            yield return "Vault:Mail:SenderName holds control characters.";
        }

        if (OutOfRange(mail.Timeout, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10)))
        {
            yield return $"Vault:Mail:Timeout is {mail.Timeout}; it must be 00:00:01 to 00:10:00.";
        }

        if (OutOfRange(mail.FirstRetry, TimeSpan.FromMilliseconds(10), TimeSpan.FromHours(1))
            || OutOfRange(mail.MaxRetry, mail.FirstRetry, TimeSpan.FromHours(6)))
        {
            yield return "Vault:Mail:FirstRetry must be 00:00:00.01 to 01:00:00, and Vault:Mail:MaxRetry that to 06:00:00.";
        }

        if (OutOfRange(mail.GiveUpAfter, TimeSpan.FromSeconds(1), TimeSpan.FromDays(7)))
        {
            yield return $"Vault:Mail:GiveUpAfter is {mail.GiveUpAfter}; it must be 00:00:01 to 7.00:00:00.";
        }

        if (mail.MaxConnections is < 1 or > 100)
        {
            yield return $"Vault:Mail:MaxConnections is {mail.MaxConnections}; it must be 1 to 100.";
        }

        foreach (var problem in mail.HasHost ? HostProblems(mail) : NoHostProblems(mail))
        {
            yield return problem;
        }
    }

    private static IEnumerable<string> NoHostProblems(MailOptions mail)
    {
        if (mail.User is not null || mail.Password is not null || mail.PasswordFile is not null || mail.Port is not null)
        {
            yield return "Vault:Mail has a user, a password or a port, but no Host to use them at.";
        }

        if (string.IsNullOrWhiteSpace(mail.Pickup))
        {
            yield return "Vault:Mail:Pickup is empty; without a Host it must be the folder for mail.";
        }
    }

    private static IEnumerable<string> HostProblems(MailOptions mail)
    {
        if (mail.Port is < 1 or > 65_535)
        {
            yield return $"Vault:Mail:Port is {mail.Port}; it must be 1 to 65535.";
        }

        if (!Enum.IsDefined(mail.Security))
        {
            yield return "Vault:Mail:Security must be StartTls, Tls or None.";
        }

        if (mail.SenderAddress == MailOptions.DefaultSender)
        {
            yield return "Vault:Mail:SenderAddress is missing: with a Host, say which address mail comes from.";
        }

        if (mail.Security == MailSecurity.None && !IsThisMachine(mail.Host!)) // there is a host
        {
            yield return $"Vault:Mail:Security is None, but {mail.Host} is another machine: recovery codes would cross the network in clear.";
        }

        if (mail.CertificateSha256 is { Length: > 0 } pinned
            && (pinned.Replace(":", "", StringComparison.Ordinal) is var digits)
            && (digits.Length != Sha256Digits || !digits.All(char.IsAsciiHexDigit)))
        {
            yield return "Vault:Mail:CertificateSha256 must be 64 hexadecimal digits.";
        }

        if (mail.User is { Length: > 0 } != (mail.Password is { Length: > 0 } || mail.PasswordFile is { Length: > 0 }))
        {
            yield return "Vault:Mail:User and its password (Vault__Mail__Password in the environment, or Vault:Mail:PasswordFile) go together.";
        }

        if (mail.PasswordFile is { Length: > 0 } file)
        {
            if (mail.Password is not null)
            {
                yield return "Vault:Mail has both Password and PasswordFile; give one.";
            }

            if (FileProblem(file) is { } problem)
            {
                yield return problem;
            }
        }
    }

    private static string? FileProblem(string path)
    {
        try
        {
            if (!PrivateFile.IsPrivate(path))
            {
                return $"Vault:Mail:PasswordFile {path} can be read by others than its owner. Run: chmod 600 '{path}'";
            }

            return new FileInfo(path).Length is > 0 and <= 4096 ? null : $"Vault:Mail:PasswordFile {path} holds no password.";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"Vault:Mail:PasswordFile cannot be read: {e.Message}";
        }
    }

    private static bool IsThisMachine(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));

    private static bool OutOfRange(TimeSpan value, TimeSpan min, TimeSpan max) => value < min || value > max;
}

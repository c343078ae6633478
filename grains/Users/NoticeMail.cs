using System.Globalization;
using Vault.Grains.Interfaces;
using Vault.Grains.Mail;
using Vault.Protocol;

namespace Vault.Grains.Users;

/// <summary>Tells an account's owner that what opens the account has changed.</summary>
internal sealed class NoticeMail(IGrainFactory grains) : IMailComposer
{
    /// <summary>The kind of mail in the outbox.</summary>
    public const string Kind = "keys-notice";

    /// <summary>What happened, as the outbox keeps it.</summary>
    public const string PasswordReset = "password-reset", PasswordChanged = "password-changed",
        KeysRotated = "keys-rotated", RecoveryKeyReplaced = "recovery-key-replaced", KeyRingRestored = "key-ring-restored";

    /// <summary>What <see cref="QueuedMail.About"/> says: the notice is wanted once the account has these generations.</summary>
    public static string About(string what, int generation, int recoveryGeneration) =>
        string.Create(CultureInfo.InvariantCulture, $"{what}:{generation}:{recoveryGeneration}");

    public async Task<ComposedMail?> ComposeAsync(QueuedMail mail)
    {
        var user = grains.GetGrain<IUserGrain>(mail.Account.ToString());
        if (mail.About.Split(':') is not [var what, var generation, var recoveryGeneration]
            || !int.TryParse(generation, NumberStyles.None, CultureInfo.InvariantCulture, out var wantedGeneration)
            || !int.TryParse(recoveryGeneration, NumberStyles.None, CultureInfo.InvariantCulture, out var wantedRecovery))
        {
            return null;
        }

        var present = await user.GetGenerations();
        return present.Generation >= wantedGeneration && present.RecoveryGeneration >= wantedRecovery
            && (await user.GetProfile()).Succeeded(out var signed, out _)
            && signed.Verify() is { } profile && EmailAddress.TryParse(profile.Email, out var address)
                ? new ComposedMail(address, Write(what, profile, mail.QueuedAt))
                : null;
    }

    private static MailText Write(string what, Profile profile, DateTimeOffset at)
    {
        var (subject, happened, ended) = what switch
        {
            PasswordReset => ("Your Vault password was reset", "was reset with a code from a mail to this address", "Every session has ended."),
            PasswordChanged => ("Your Vault password was changed", "was changed", "Every other session has ended."),
            KeysRotated => (
                "Your Vault password and keys were changed", "was changed, and with it the keys", "Every other session and every access key has ended."),
            RecoveryKeyReplaced => ("Your Vault recovery key was replaced", "has a new recovery key; the one before opens nothing any more", ""),
            _ => ("Your Vault key ring was restored", "has its former keys back, by means of the recovery key", ""),
        };
        var subjectOf = what is PasswordReset or PasswordChanged or KeysRotated ? "The password of the Vault account" : "The Vault account";
        var time = at.UtcDateTime.ToString("d MMMM yyyy, HH:mm 'UTC'", CultureInfo.InvariantCulture);
        return new MailText(subject,
        [
            MailBlock.Paragraph($"{subjectOf} {profile.Email} {happened} on {time}. {ended}".TrimEnd()),
            MailBlock.Paragraph(
                "If that was you, there is nothing to do. If not, somebody has your password or reads your mail: secure your mailbox, then "
                + "take the account back with Request-VaultRecovery and Reset-VaultPassword, and have your recovery key at hand."),
        ]);
    }
}

using Microsoft.Extensions.Logging;

namespace Vault.Grains;

/// <summary>Everything that grains log. Ids of accounts, files and streams; never an address or a name.</summary>
internal static partial class Log
{
    [LoggerMessage(60, LogLevel.Warning, "Account {Account} could not be looked through; it is tried again later.")]
    public static partial void NotSwept(this ILogger logger, Exception cause, string account);

    [LoggerMessage(1, LogLevel.Critical, "Stored data does not verify: {What}. It was neither changed nor skipped.")]
    public static partial void Damaged(this ILogger logger, Exception? cause, string what);

    [LoggerMessage(2, LogLevel.Error, "Storage did not answer for {What}.")]
    public static partial void Unavailable(this ILogger logger, Exception cause, string what);

    [LoggerMessage(3, LogLevel.Warning, "No snapshot of {Stream} could be written; nothing is lost.")]
    public static partial void SnapshotFailed(this ILogger logger, Exception cause, string stream);

    [LoggerMessage(4, LogLevel.Warning, "The snapshot of {Stream} is not used; the stream is read from its beginning.")]
    public static partial void SnapshotIgnored(this ILogger logger, Exception cause, string stream);

    [LoggerMessage(5, LogLevel.Information, "Account {Account} was registered.")]
    public static partial void Registered(this ILogger logger, Vault.Protocol.AccountId account);

    [LoggerMessage(6, LogLevel.Information, "A session of account {Account} was started.")]
    public static partial void SessionStarted(this ILogger logger, Vault.Protocol.AccountId account);

    [LoggerMessage(7, LogLevel.Information, "Account {Account} has used up its sign-in attempts for now.")]
    public static partial void TooManyAttempts(this ILogger logger, Vault.Protocol.AccountId account);

    [LoggerMessage(8, LogLevel.Warning, "What became of file {File} of account {Account} is not known yet; it is asked again later.")]
    public static partial void NotSettled(
        this ILogger logger, Exception cause, Vault.Protocol.AccountId account, Vault.Protocol.FileId file);

    [LoggerMessage(9, LogLevel.Information, "Unfinished work of account {Account} was finished: {Sends} sends, {Removals} removals.")]
    public static partial void Settled(this ILogger logger, Vault.Protocol.AccountId account, int sends, int removals);

    [LoggerMessage(10, LogLevel.Warning, "Mail {Mail} ({Kind}) could not be handed over at attempt {Attempt}; it is tried again.")]
    public static partial void MailNotSent(this ILogger logger, Exception cause, Vault.Grains.Mail.MailId mail, string kind, int attempt);

    [LoggerMessage(11, LogLevel.Error, "Mail {Mail} ({Kind}) of account {Account} was given up after {Attempts} attempts.")]
    public static partial void MailGivenUp(
        this ILogger logger, Exception cause, Vault.Grains.Mail.MailId mail, string kind, Vault.Protocol.AccountId account, int attempts);

    [LoggerMessage(12, LogLevel.Error, "The outbox could not be read; mails that a stop left wait for the next look.")]
    public static partial void OutboxNotWalked(this ILogger logger, Exception cause);

    [LoggerMessage(21, LogLevel.Error, "A recovery that was asked for could not be looked up; whoever asked has to ask again.")]
    public static partial void RecoveryNotPassedOn(this ILogger logger, Exception cause);

    [LoggerMessage(22, LogLevel.Warning, "The password of account {Account} was reset by a mailed code; with its recovery key: {WithRecoveryKey}.")]
    public static partial void PasswordReset(this ILogger logger, Vault.Protocol.AccountId account, bool withRecoveryKey);

    [LoggerMessage(23, LogLevel.Information, "Password, key ring or recovery key of account {Account} was changed by its owner.")]
    public static partial void KeysChanged(this ILogger logger, Vault.Protocol.AccountId account);

    [LoggerMessage(24, LogLevel.Warning, "Account {Account} was closed by its owner; what is stored of it is being erased.")]
    public static partial void AccountClosed(this ILogger logger, Vault.Protocol.AccountId account);

    [LoggerMessage(25, LogLevel.Information, "Account {Account} is erased.")]
    public static partial void AccountErased(this ILogger logger, Vault.Protocol.AccountId account);

    [LoggerMessage(26, LogLevel.Error, "The notice that account {Account} was closed could not be handed over in time; the account is erased without.")]
    public static partial void ClosedWithoutNotice(this ILogger logger, Vault.Protocol.AccountId account);

    [LoggerMessage(27, LogLevel.Information, "Nobody confirmed a registration of account {Account} in time; it is forgotten.")]
    public static partial void RegistrationLapsed(this ILogger logger, Vault.Protocol.AccountId account);

    [LoggerMessage(13, LogLevel.Warning, "Unfinished work of account {Account} could not be finished yet; it is tried again later.")]
    public static partial void PendingNotFinished(this ILogger logger, Exception cause, Vault.Protocol.AccountId account);

    [LoggerMessage(14, LogLevel.Error, "The list of unfinished work could not be read; what a crash left waits for the next look.")]
    public static partial void PendingNotWalked(this ILogger logger, Exception cause);
}

using Vault.Grains.EventSourcing;

namespace Vault.Grains.Users;

/// <summary>The streams <c>users/{account id}</c>.</summary>
internal static class UserAggregate
{
    /// <summary>Events, fold and snapshots of an account.</summary>
    public static Aggregate<UserState, UserEvent> Definition { get; } = new(
        "users",
        UserState.Empty,
        (state, next, head) => state.Apply(next, head),
        new EventCatalog<UserEvent>()
            .Add("user.registered.v1", UserJson.Stored.AccountRegistered)
            .Add("user.registration-asked.v1", UserJson.Stored.RegistrationAsked)
            .Add("user.confirmation-issued.v1", UserJson.Stored.ConfirmationIssued)
            .Add("user.registration-confirmed.v1", UserJson.Stored.RegistrationConfirmed)
            .Add("user.registrations-lapsed.v1", UserJson.Stored.RegistrationsLapsed)
            .Add("user.session-started.v1", UserJson.Stored.SessionStarted)
            .Add("user.session-ended.v1", UserJson.Stored.SessionEnded)
            .Add("user.sessions-ended.v1", UserJson.Stored.SessionsEnded)
            .Add("user.sessions-used.v1", UserJson.Stored.SessionsUsed)
            .Add("user.password-reset.v1", UserJson.Stored.PasswordReset)
            .Add("user.password-changed.v1", UserJson.Stored.PasswordChanged)
            .Add("user.recovery-key-replaced.v1", UserJson.Stored.RecoveryKeyReplaced)
            .Add("user.key-ring-restored.v1", UserJson.Stored.KeyRingRestored)
            .Add("user.closed.v1", UserJson.Stored.AccountClosed)
            .Add("user.totp-prepared.v1", UserJson.Stored.TotpPrepared)
            .Add("user.totp-enabled.v1", UserJson.Stored.TotpEnabled)
            .Add("user.one-time-code-used.v1", UserJson.Stored.OneTimeCodeUsed)
            .Add("user.backup-code-used.v1", UserJson.Stored.BackupCodeUsed)
            .Add("user.totp-disabled.v1", UserJson.Stored.TotpDisabled)
            .Add("user.access-key-added.v1", UserJson.Stored.AccessKeyAdded)
            .Add("user.access-key-used.v1", UserJson.Stored.AccessKeyUsed)
            .Add("user.access-key-removed.v1", UserJson.Stored.AccessKeyRemoved)
            .Add("user.sends-reserved.v1", UserJson.Stored.SendsReserved)
            .Add("user.copy-reserved.v1", UserJson.Stored.CopyReserved)
            .Add("user.send-released.v1", UserJson.Stored.SendReleased)
            .Add("user.sends-committed.v1", UserJson.Stored.SendsCommitted)
            .Add("user.file-removed.v1", UserJson.Stored.FileRemoved)
            .Add("user.file-named.v1", UserJson.Stored.FileNamed)
            .Add("user.removal-finished.v1", UserJson.Stored.RemovalFinished)
            .Add("user.file-trashed.v1", UserJson.Stored.FileTrashed)
            .Add("user.file-restored.v1", UserJson.Stored.FileRestored)
            .Add("user.old-versions-removed.v1", UserJson.Stored.OldVersionsRemoved)
            .Add("user.old-versions-gone.v1", UserJson.Stored.OldVersionsGone)
            .Add("user.file-renamed.v1", UserJson.Stored.FileRenamed)
            .Add("user.rename-finished.v1", UserJson.Stored.RenameFinished)
            .Add("user.versions-replaced.v1", UserJson.Stored.VersionsReplaced)
            .Add("user.replacement-finished.v1", UserJson.Stored.ReplacementFinished)
            .Add("user.file-shared.v1", UserJson.Stored.FileShared)
            .Add("user.share-announced.v1", UserJson.Stored.ShareAnnounced)
            .Add("user.shares-forgotten.v1", UserJson.Stored.SharesForgotten)
            .Add("user.contacts-stored.v1", UserJson.Stored.ContactsStored),
        UserSnapshot.Format);
}

using System.Text.Json.Serialization;
using Vault.Grains.EventSourcing;
using Vault.Grains.Interfaces;
using Vault.Protocol;

namespace Vault.Grains.Users;

/// <summary>Everything that happens to an account.</summary>
internal abstract record UserEvent;

/// <summary>The account exists from here on. Its record and sealed key rings are blobs; these are their SHA-256.</summary>
internal sealed record AccountRegistered(
    string Email, int Generation, byte[] RecordHash, byte[] RingHash, byte[] RecoveryRingHash, SignedProfile Profile)
    : UserEvent;

/// <summary>A registration waits for the code that is mailed to its address; there is no account yet.</summary>
internal sealed record RegistrationAsked(CommandId Id, AccountRegistered Registration, DateTimeOffset ExpiresAt) : UserEvent;

/// <summary>A code is on its way; this is its keyed hash. The code mailed before is good no more.</summary>
internal sealed record ConfirmationIssued(CommandId Id, byte[] CodeHash) : UserEvent;

/// <summary>The code came back: the account exists from here on, as it was asked for.</summary>
internal sealed record RegistrationConfirmed(CommandId Id) : UserEvent;

/// <summary>Nobody confirmed any of the registrations in time. They are no more, nor can this account ever be; what is stored of them goes
/// after this.</summary>
internal sealed record RegistrationsLapsed(DateTimeOffset At) : UserEvent;

/// <summary>A login was completed; sessions that had expired, or had to make room, ended with it.</summary>
/// <param name="Network">The address as attempts are counted by it, see <see cref="NetworkName"/>.</param>
internal sealed record SessionStarted(
    SessionKey Key, string Device, string Address, string Network, DateTimeOffset StartedAt, DateTimeOffset ExpiresAt,
    IReadOnlyList<SessionKey> Dropped) : UserEvent;

/// <summary>A session was ended by its holder.</summary>
internal sealed record SessionEnded(SessionKey Key) : UserEvent;

/// <summary>Sessions were ended from another one.</summary>
internal sealed record SessionsEnded(IReadOnlyList<SessionKey> Keys) : UserEvent;

/// <summary>When sessions were last used; stored now and then, not at each use.</summary>
internal sealed record SessionsUsed(IReadOnlyList<SessionUse> Uses) : UserEvent;

/// <summary>When a session was last used.</summary>
internal sealed record SessionUse(SessionKey Key, DateTimeOffset At);

/// <summary>What opens an account, as SHA-256 of the blobs that hold it.</summary>
/// <param name="Generation">Counts OPAQUE records: 1 is the one of the registration.</param>
/// <param name="RecoveryGeneration">Counts key rings sealed under a recovery key.</param>
internal sealed record AccountKeys(
    int Generation, byte[] RecordHash, byte[] RingHash, int RecoveryGeneration, byte[] RecoveryRingHash);

/// <summary>A mailed code opened a new password. Every session ended, and whatever else signs in without the password.</summary>
/// <param name="Profile">
/// Without the recovery key: the profile of the new key ring; the ring before is put aside, with the contacts. Null with it.
/// </param>
internal sealed record PasswordReset(AccountKeys Keys, SignedProfile? Profile, DateTimeOffset At) : UserEvent;

/// <summary>The owner changed the password; every session but the one it was changed in ended.</summary>
/// <param name="Profile">Where the keys changed too, signed by the keys before; every access key ended then.</param>
internal sealed record PasswordChanged(AccountKeys Keys, SignedProfile? Profile, SessionKey By, DateTimeOffset At) : UserEvent;

/// <summary>The key ring is sealed under another recovery key.</summary>
internal sealed record RecoveryKeyReplaced(AccountKeys Keys, DateTimeOffset At) : UserEvent;

/// <summary>A key ring that had been put aside is part of the present one again.</summary>
/// <param name="Restored">Its recovery generation.</param>
internal sealed record KeyRingRestored(AccountKeys Keys, int Restored, DateTimeOffset At) : UserEvent;

/// <summary>The owner closed the account. Everything ended with it; what is stored of it goes after this, the stream last.</summary>
/// <param name="By">The session that it was closed in.</param>
internal sealed record AccountClosed(DateTimeOffset At, SessionKey By) : UserEvent;

/// <summary>A secret for one-time codes was handed out, sealed here; nothing is on yet.</summary>
internal sealed record TotpPrepared(byte[] SealedSecret) : UserEvent;

/// <summary>The second factor is on, with the secret prepared last.</summary>
/// <param name="Step">The time step of the code that showed it works.</param>
/// <param name="BackupCodes">Keyed hashes.</param>
internal sealed record TotpEnabled(long Step, IReadOnlyList<byte[]> BackupCodes) : UserEvent;

/// <summary>A code of the authenticator was used up, and every older one with it.</summary>
internal sealed record OneTimeCodeUsed(long Step) : UserEvent;

/// <summary>A backup code was used up.</summary>
internal sealed record BackupCodeUsed(byte[] Hash) : UserEvent;

/// <summary>The second factor is off.</summary>
internal sealed record TotpDisabled : UserEvent;

/// <summary>A key signs in without a password from here on. The keys of its scope are a blob; this is its SHA-256.</summary>
internal sealed record AccessKeyAdded(
    AccessKeyId Id, SessionKey Key, string Name, AccessScope Scope, byte[] SealedHash, DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt) : UserEvent;

/// <summary>An access key signed in; stored once an hour at most, unless the address is another.</summary>
internal sealed record AccessKeyUsed(AccessKeyId Id, DateTimeOffset At, string Address) : UserEvent;

/// <summary>An access key ended.</summary>
internal sealed record AccessKeyRemoved(AccessKeyId Id) : UserEvent;

/// <summary>Lengths were set aside; reservations that had expired gave theirs back first.</summary>
internal sealed record SendsReserved(IReadOnlyList<Reservation> Reserved, IReadOnlyList<UploadId> Expired) : UserEvent;

/// <summary>A length was set aside for a copy, and the content that it refers to is kept for it; reservations that had expired gave theirs
/// back first.</summary>
internal sealed record CopyReserved(Reservation Reserved, IReadOnlyList<UploadId> Expired) : UserEvent;

/// <summary>A reservation was given back.</summary>
internal sealed record SendReleased(UploadId Upload) : UserEvent;

/// <summary>Versions that files' streams hold came into the owner's list.</summary>
internal sealed record SendsCommitted(IReadOnlyList<CommittedSend> Sends) : UserEvent;

/// <summary>A file left the owner's list, with its name and its share of the quota; reservations for it ended too.</summary>
internal sealed record FileRemoved(FileId File, IReadOnlyList<UploadId> Released) : UserEvent;

/// <summary>A file has another name in the list.</summary>
internal sealed record FileNamed(FileId File, NameTag NameTag, byte[] OwnerMetadata) : UserEvent;

/// <summary>The removed file's stream and content are gone.</summary>
internal sealed record RemovalFinished(FileId File) : UserEvent;

/// <summary>A file went to the trash, and with it its name; reservations for it ended. It keeps its share of the quota.</summary>
internal sealed record FileTrashed(FileId File, DateTimeOffset At, IReadOnlyList<UploadId> Released) : UserEvent;

/// <summary>A file came back from the trash under the name it had.</summary>
internal sealed record FileRestored(FileId File) : UserEvent;

/// <summary>The oldest versions of a file are kept no more; their content goes after this.</summary>
internal sealed record OldVersionsRemoved(FileId File, IReadOnlyList<UploadId> Uploads) : UserEvent;

/// <summary>The content of those versions is gone.</summary>
internal sealed record OldVersionsGone(FileId File) : UserEvent;

/// <summary>The newest version of a file has another name; the file's stream gets it after this.</summary>
internal sealed record FileRenamed(
    FileId File, NameTag NameTag, int Version, int Revision, byte[] OwnerMetadata, byte[] Metadata, SignedRevision Signed) : UserEvent;

/// <summary>The file's stream has that name.</summary>
internal sealed record RenameFinished(FileId File, int Version, int Revision) : UserEvent;

/// <summary>As <see cref="SendsCommitted"/>, each in place of all older versions, whose content goes after this.</summary>
internal sealed record VersionsReplaced(IReadOnlyList<CommittedSend> Sends) : UserEvent;

/// <summary>The content of the versions before this one is gone.</summary>
internal sealed record ReplacementFinished(FileId File, int Version) : UserEvent;

/// <summary>Others may have the file from here on; who does is in the file's stream.</summary>
internal sealed record FileShared(FileId File) : UserEvent;

/// <summary>Somebody may have given this account a file; whether it is so is in the file's stream.</summary>
/// <param name="Number">Of the grant that was to be stored.</param>
internal sealed record ShareAnnounced(FileId File, long Number) : UserEvent;

/// <summary>The files' streams have no such shares, or no longer.</summary>
internal sealed record SharesForgotten(IReadOnlyList<AnnouncedShare> Shares) : UserEvent;

/// <summary>The sealed contacts are a blob; this is its SHA-256.</summary>
internal sealed record ContactsStored(int Version, byte[] Hash) : UserEvent;

/// <summary>A file to ask for a share.</summary>
/// <param name="Number">Of the grant that was announced last.</param>
internal sealed record AnnouncedShare(FileId File, long Number);

/// <summary>A length set aside for one send.</summary>
/// <param name="File">The file that the send makes a version of.</param>
internal sealed record Reservation(
    UploadId Upload, FileId File, NameTag NameTag, int HeaderLength, long PayloadLength, int PartSize,
    DateTimeOffset ExpiresAt)
{
    /// <summary>As it was asked for.</summary>
    public ReserveSendRequest ToRequest() => new(Upload, File, NameTag.ToArray(), HeaderLength, PayloadLength, PartSize);

    /// <summary>The stored content that a copy refers to, by the send that stored it; null for a send, which brings its own.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public UploadId? Content { get; init; }

    /// <summary>What it takes of the quota, in bytes.</summary>
    [JsonIgnore]
    public long Length => HeaderLength + PayloadLength;
}

/// <summary>A send whose version is in its file's stream.</summary>
internal sealed record CommittedSend(
    UploadId Upload, int Version, byte[] OwnerMetadata, byte[] ManifestHash, DateTimeOffset StoredAt);

[JsonSerializable(typeof(AccountRegistered))]
[JsonSerializable(typeof(RegistrationAsked))]
[JsonSerializable(typeof(ConfirmationIssued))]
[JsonSerializable(typeof(RegistrationConfirmed))]
[JsonSerializable(typeof(RegistrationsLapsed))]
[JsonSerializable(typeof(SessionStarted))]
[JsonSerializable(typeof(SessionEnded))]
[JsonSerializable(typeof(SessionsEnded))]
[JsonSerializable(typeof(SessionsUsed))]
[JsonSerializable(typeof(PasswordReset))]
[JsonSerializable(typeof(PasswordChanged))]
[JsonSerializable(typeof(RecoveryKeyReplaced))]
[JsonSerializable(typeof(KeyRingRestored))]
[JsonSerializable(typeof(AccountClosed))]
[JsonSerializable(typeof(TotpPrepared))]
[JsonSerializable(typeof(TotpEnabled))]
[JsonSerializable(typeof(OneTimeCodeUsed))]
[JsonSerializable(typeof(BackupCodeUsed))]
[JsonSerializable(typeof(TotpDisabled))]
[JsonSerializable(typeof(AccessKeyAdded))]
[JsonSerializable(typeof(AccessKeyUsed))]
[JsonSerializable(typeof(AccessKeyRemoved))]
[JsonSerializable(typeof(SendsReserved))]
[JsonSerializable(typeof(CopyReserved))]
[JsonSerializable(typeof(SendReleased))]
[JsonSerializable(typeof(SendsCommitted))]
[JsonSerializable(typeof(FileRemoved))]
[JsonSerializable(typeof(FileNamed))]
[JsonSerializable(typeof(RemovalFinished))]
[JsonSerializable(typeof(FileTrashed))]
[JsonSerializable(typeof(FileRestored))]
[JsonSerializable(typeof(OldVersionsRemoved))]
[JsonSerializable(typeof(OldVersionsGone))]
[JsonSerializable(typeof(FileRenamed))]
[JsonSerializable(typeof(RenameFinished))]
[JsonSerializable(typeof(VersionsReplaced))]
[JsonSerializable(typeof(ReplacementFinished))]
[JsonSerializable(typeof(FileShared))]
[JsonSerializable(typeof(ShareAnnounced))]
[JsonSerializable(typeof(SharesForgotten))]
[JsonSerializable(typeof(ContactsStored))]
[JsonSerializable(typeof(UserSnapshot))]
internal sealed partial class UserJson : JsonSerializerContext
{
    /// <summary>The context with the options of everything stored.</summary>
    public static UserJson Stored { get; } = new(StoredJson.CreateOptions());
}

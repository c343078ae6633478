using Orleans.Concurrency;
using Vault.Protocol;

namespace Vault.Grains.Interfaces;

/// <summary>One file with all its versions. Keyed by the file id.</summary>
[Alias("vault.file")]
public interface IFileGrain : IGrainWithStringKey
{
    /// <summary>
    /// Stores a version if the owner's key signed its manifest and everything the manifest says agrees with what is stored.
    /// The same upload again gives the same receipt.
    /// </summary>
    /// <returns><see cref="ErrorCode.Conflict"/> with the target where another version came first.</returns>
    [Alias("commit")]
    Task<Outcome<StoredSend>> Commit(AccountId owner, ReserveSendRequest reservation, CommitSendRequest commit);

    /// <summary>The same of a copy, whose content is that of a stored version of the same account. The owner's grain has reserved it.</summary>
    [Alias("commit-copy")]
    Task<Outcome<StoredSend>> CommitCopy(AccountId owner, ReserveSendRequest reservation, CommitSendRequest commit, CopySource source);

    /// <summary>What a copy of a version refers to, for another file of the same owner.</summary>
    [Alias("content"), AlwaysInterleave]
    Task<Outcome<StoredContent>> GetContent(AccountId owner, int version);

    /// <summary>
    /// The version that an upload became, or <see cref="ErrorCode.NotFound"/>: how the owner's grain finds out what became
    /// of a commit whose answer it never saw. Waits for a commit that is under way.
    /// </summary>
    [Alias("find-upload")]
    Task<Outcome<StoredSend>> FindUpload(AccountId owner, UploadId upload);

    /// <summary>A version for a caller who may read it; version 0 is the newest.</summary>
    /// <remarks>Whoever was given the file gets the version that was granted last, with the header for them.</remarks>
    /// <returns><see cref="ErrorCode.NotFound"/> also where it is somebody else's.</returns>
    [Alias("version"), AlwaysInterleave]
    Task<Outcome<FileVersionReply>> GetVersion(Caller caller, int version);

    /// <summary>
    /// Where the payload of a version lies, for a caller who may read it: asked at every request, so that a share that has
    /// ended is refused at the next one. Version 0 is the newest. Recipients may end reading an earlier version that they
    /// were granted too.
    /// </summary>
    [Alias("payload"), AlwaysInterleave]
    Task<Outcome<FilePayload>> GetPayload(Caller caller, int version);

    /// <summary>Gives the newest version to people; all or nothing. The same command again gives the same answer.</summary>
    /// <returns><see cref="ErrorCode.Conflict"/> with what is in the way.</returns>
    [Alias("grant")]
    Task<Outcome<GrantSharesReply>> Grant(Caller owner, GrantSharesRequest request);

    /// <summary>Takes the file from one person, from the next request on; whoever does not have it is no error.</summary>
    [Alias("revoke")]
    Task<Outcome<Done>> Revoke(Caller owner, AccountId recipient);

    /// <summary>Takes the file from everybody but its owner.</summary>
    [Alias("revoke-all")]
    Task<Outcome<Done>> RevokeAll(Caller owner);

    /// <summary>Deletes stored grants that no share of the file is in; called by silos, for what they find in the store. Idempotent.</summary>
    [Alias("delete-grants")]
    Task<Outcome<Done>> DeleteGrants(AccountId owner, string blob);

    /// <summary>All kept versions, the oldest first, for their owner.</summary>
    [Alias("versions"), AlwaysInterleave]
    Task<Outcome<FileVersionsReply>> ListVersions(Caller owner);

    /// <summary>Metadata with another name for the newest version, if the owner's key signed them. Idempotent.</summary>
    [Alias("revise")]
    Task<Outcome<Done>> Revise(AccountId owner, RenameFileRequest request);

    /// <summary>The removal of versions beyond those that are kept, and of their content; asks the owner's grain which. Idempotent.</summary>
    [Alias("remove-surplus")]
    Task<Outcome<Done>> RemoveSurplus(AccountId owner);

    /// <summary>Who has the file; without the recipients' profiles, which their own grains have.</summary>
    [Alias("shares"), AlwaysInterleave]
    Task<Outcome<FileSharesReply>> GetShares(Caller owner, bool targetOnly = false);

    /// <summary>The caller's share of the file, or <see cref="ErrorCode.NotFound"/>.</summary>
    [Alias("received"), AlwaysInterleave]
    Task<Outcome<ReceivedShare>> GetReceived(Caller recipient);

    /// <summary>Names the newest version anew; the owner's grain calls it.</summary>
    [Alias("name")]
    Task<Outcome<Done>> Name(Caller owner, NameFileRequest request);

    /// <summary>
    /// What a person has of the file, for somebody who is about to reset that person's password on this connection; asks the
    /// person's grain whether it is so.
    /// </summary>
    [Alias("loss"), AlwaysInterleave]
    Task<Outcome<LossEntry>> GetLoss(AccountId recipient, SignInOrigin origin);

    /// <summary>
    /// Whether a person has the file: how the recipient's grain finds out what became of a share that was announced to it.
    /// Waits for a grant that is under way.
    /// </summary>
    [Alias("is-shared-with")]
    Task<bool> IsSharedWith(AccountId recipient);

    /// <summary>A page of everything that happened to the file, for its owner.</summary>
    [Alias("history"), AlwaysInterleave]
    Task<Outcome<HistoryPage>> GetHistory(Caller owner, string? after, int limit);

    /// <summary>Deletes the content of versions that this version came in place of. Idempotent.</summary>
    [Alias("delete-replaced")]
    Task<Outcome<Done>> DeleteReplaced(AccountId owner, int version);

    /// <summary>Deletes the stream of a file whose owner's account is closed; asks the owner's grain whether it is. Idempotent.</summary>
    [Alias("erase-closed")]
    Task<Outcome<Done>> EraseClosed(AccountId owner);

    /// <summary>Ends the share of a person whose account is closed; asks the person's grain whether it is. Idempotent.</summary>
    [Alias("end-share")]
    Task<Outcome<Done>> EndShare(AccountId recipient);

    /// <summary>The removal of the file and of its content; asks the owner's grain whether that was decided. Idempotent.</summary>
    [Alias("remove")]
    Task<Outcome<Done>> Remove(AccountId owner);
}

/// <summary>A version that the file's stream holds, with what the owner's list says of it.</summary>
/// <param name="RemovedOlder">Whether it came in place of all versions before it.</param>
[GenerateSerializer, Immutable]
public sealed record StoredSend(
    [property: Id(0)] Receipt Receipt, [property: Id(1)] byte[] OwnerMetadata, [property: Id(2)] DateTimeOffset StoredAt,
    [property: Id(3)] bool RemovedOlder);

/// <summary>The version whose content a copy refers to.</summary>
/// <param name="Content">The send that the content was stored by.</param>
[GenerateSerializer, Immutable]
public sealed record CopySource([property: Id(0)] FileId File, [property: Id(1)] int Version, [property: Id(2)] UploadId Content);

/// <summary>A content as it is stored, whichever versions refer to it.</summary>
/// <param name="Upload">The send that it was stored by; names it, see <see cref="ContentName"/>.</param>
/// <param name="HeaderLength">Where the payload begins in it.</param>
/// <param name="PartHashes">SHA-256 of each part of the payload, one behind the other.</param>
[GenerateSerializer, Immutable]
public sealed record StoredContent(
    [property: Id(0)] UploadId Upload, [property: Id(1)] int HeaderLength, [property: Id(2)] long PayloadLength,
    [property: Id(3)] int PartSize, [property: Id(4)] byte[] PartHashes);

/// <summary>Where the payload of a version lies.</summary>
/// <param name="Owner">The account whose content it is.</param>
/// <param name="Upload">Names the stored content, see <see cref="ContentName"/>.</param>
/// <param name="HeaderLength">Where the payload begins in the stored content.</param>
/// <param name="PayloadLength">Length of the payload, in bytes.</param>
[GenerateSerializer, Immutable]
public sealed record FilePayload(
    [property: Id(0)] AccountId Owner, [property: Id(1)] UploadId Upload, [property: Id(2)] int HeaderLength,
    [property: Id(3)] long PayloadLength);

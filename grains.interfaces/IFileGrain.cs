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

    /// <summary>
    /// The version that an upload became, or <see cref="ErrorCode.NotFound"/>: how the owner's grain finds out what became
    /// of a commit whose answer it never saw. Waits for a commit that is under way.
    /// </summary>
    [Alias("find-upload")]
    Task<Outcome<StoredSend>> FindUpload(AccountId owner, UploadId upload);

    /// <summary>A version for a caller who may read it; version 0 is the newest.</summary>
    /// <returns><see cref="ErrorCode.NotFound"/> also where it is somebody else's.</returns>
    [Alias("version"), AlwaysInterleave]
    Task<Outcome<FileVersion>> GetVersion(Caller caller, int version);

    /// <summary>The removal of the file and of its content; asks the owner's grain whether that was decided. Idempotent.</summary>
    [Alias("remove")]
    Task<Outcome<Done>> Remove(AccountId owner);
}

/// <summary>A version that the file's stream holds, with what the owner's list says of it.</summary>
[GenerateSerializer, Immutable]
public sealed record StoredSend(
    [property: Id(0)] Receipt Receipt, [property: Id(1)] byte[] OwnerMetadata, [property: Id(2)] DateTimeOffset StoredAt);

/// <summary>What a gateway needs to answer for one version.</summary>
/// <param name="Reply">What goes to the client.</param>
/// <param name="Upload">Names the stored content, see <see cref="ContentName"/>.</param>
/// <param name="HeaderLength">Where the payload begins in the stored content.</param>
/// <param name="PayloadLength">Length of the payload, in bytes.</param>
[GenerateSerializer, Immutable]
public sealed record FileVersion(
    [property: Id(0)] FileVersionReply Reply, [property: Id(1)] UploadId Upload,
    [property: Id(2)] int HeaderLength, [property: Id(3)] long PayloadLength);

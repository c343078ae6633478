using System.Text.Json.Serialization;
using Vault.Grains.EventSourcing;
using Vault.Protocol;

namespace Vault.Grains.Files;

/// <summary>Everything that happens to a file.</summary>
internal abstract record FileEvent;

/// <summary>A version exists from here on. Its content lies in the content store under owner and upload.</summary>
/// <param name="PartHashes">SHA-256 of each part of the payload, one behind the other.</param>
internal sealed record VersionStored(
    AccountId Owner, UploadId Upload, int Version, long PayloadLength, int PartSize, byte[] Header, byte[] PartHashes,
    byte[] OwnerMetadata, byte[] Metadata, SignedManifest Manifest, DateTimeOffset StoredAt) : FileEvent;

/// <summary>A version, and who has it besides the owner, in one.</summary>
/// <param name="Blob">Where the grants are stored, see <see cref="GrantBlob"/>.</param>
/// <param name="Dropped">Those who have lost the file.</param>
/// <param name="RemovesOlder">Whether all versions before are gone; their content is deleted after this.</param>
internal sealed record SharedVersionStored(
    VersionStored Stored, string Blob, IReadOnlyList<StoredGrant> Grants, IReadOnlyList<AccountId> Dropped,
    bool RemovesOlder) : FileEvent;

/// <summary>A version whose content was stored by another send, and who has it besides the owner.</summary>
/// <param name="Content">Where the content lies.</param>
/// <param name="Blob">Where the grants are stored; null where the command said nothing of shares.</param>
/// <param name="Dropped">Those who have lost the file.</param>
internal sealed record VersionCopied(
    VersionStored Stored, CopiedContent Content, string? Blob, IReadOnlyList<StoredGrant> Grants, IReadOnlyList<AccountId> Dropped)
    : FileEvent;

/// <summary>Content that another send stored.</summary>
/// <param name="HeaderLength">Where the payload begins in it: its header is that send's.</param>
internal sealed record CopiedContent(UploadId Upload, int HeaderLength);

/// <summary>People have the newest version from here on.</summary>
/// <param name="Blob">Where the grants are stored, see <see cref="GrantBlob"/>.</param>
internal sealed record SharesGranted(
    CommandId Command, int Version, string Blob, IReadOnlyList<StoredGrant> Grants, DateTimeOffset At) : FileEvent;

/// <summary>People have lost the file.</summary>
internal sealed record SharesRevoked(IReadOnlyList<AccountId> Recipients, DateTimeOffset At) : FileEvent;

/// <summary>What the stream says of a grant; the signed grant and the header lie in the content store.</summary>
/// <param name="RecipientProfile">SHA-256 of the profile that it was made for.</param>
/// <param name="Offset">Where it begins in the blob.</param>
/// <param name="Length">How long it is there, in bytes.</param>
/// <param name="Hash">SHA-256 of those bytes.</param>
internal sealed record StoredGrant(
    AccountId Recipient, long Number, byte[] RecipientProfile, DateTimeOffset? ExpiresAt, int Offset, int Length,
    byte[] Hash);

/// <summary>The owner named the newest version anew, with other keys than it was sent with.</summary>
internal sealed record VersionNamed(int Version, byte[] OwnerMetadata, SignedNaming Naming, DateTimeOffset At) : FileEvent;

/// <summary>The oldest versions are kept no more; their content is deleted after this.</summary>
/// <param name="Uploads">The sends that they came with.</param>
internal sealed record OldVersionsDropped(IReadOnlyList<UploadId> Uploads, DateTimeOffset At) : FileEvent;

/// <summary>The newest version has other metadata: another name.</summary>
internal sealed record MetadataRevised(
    int Version, int Revision, byte[] OwnerMetadata, byte[] Metadata, SignedRevision Signed, DateTimeOffset At) : FileEvent;

/// <summary>The file is gone for good; its content is deleted after this. Its id is never used again.</summary>
internal sealed record FileErased(DateTimeOffset At) : FileEvent;

[JsonSerializable(typeof(VersionStored))]
[JsonSerializable(typeof(SharedVersionStored))]
[JsonSerializable(typeof(VersionCopied))]
[JsonSerializable(typeof(SharesGranted))]
[JsonSerializable(typeof(SharesRevoked))]
[JsonSerializable(typeof(VersionNamed))]
[JsonSerializable(typeof(OldVersionsDropped))]
[JsonSerializable(typeof(MetadataRevised))]
[JsonSerializable(typeof(FileErased))]
[JsonSerializable(typeof(FileSnapshot))]
internal sealed partial class FileJson : JsonSerializerContext
{
    /// <summary>The context with the options of everything stored.</summary>
    public static FileJson Stored { get; } = new(StoredJson.CreateOptions());
}

namespace Vault.Protocol;

/// <summary>One file in the owner's list, at its newest version.</summary>
/// <param name="OwnerMetadata">Metadata sealed under the owner's metadata key.</param>
/// <param name="ManifestHash">SHA-256 of the newest manifest.</param>
/// <param name="StoredLength">Header and payload of the newest version, in bytes.</param>
/// <param name="StoredAt">When the newest version was stored.</param>
/// <param name="Revision">Of the metadata: 1 unless the version was renamed.</param>
/// <param name="TrashedAt">When the file went to the trash; null for one that is not there.</param>
public sealed record FileEntry(
    FileId File, int Version, byte[] OwnerMetadata, byte[] ManifestHash, long StoredLength, DateTimeOffset StoredAt, int Revision = 1,
    DateTimeOffset? TrashedAt = null);

/// <summary>All kept versions of a file, the oldest first, each as an entry of the list would be.</summary>
public sealed record FileVersionsReply(IReadOnlyList<FileEntry> Versions);

/// <summary>A page of the owner's list, in the order of the file ids.</summary>
/// <param name="Next">Pass as <see cref="Routes.AfterQuery"/> for the next page; null at the end.</param>
public sealed record FileListPage(IReadOnlyList<FileEntry> Files, FileId? Next)
{
    /// <summary>Entries in a page unless asked otherwise, and the most that may be asked for.</summary>
    public const int DefaultLimit = 1_000, MaxLimit = 5_000;
}

/// <summary>Everything a receiver needs of one version but the payload.</summary>
/// <param name="Owner">The account that sent it.</param>
/// <param name="Header">The age header for the caller.</param>
/// <param name="PartHashes">SHA-256 of each part of the payload, 32 bytes each, one behind the other.</param>
/// <param name="OwnerMetadata">Metadata sealed for the owner; null for anybody else.</param>
/// <param name="Metadata">Metadata sealed under the file key.</param>
/// <param name="Manifest">Signed by the owner.</param>
/// <param name="StoredAt">When it was stored.</param>
/// <param name="Revised">Signed by the owner, where the metadata are not those that came with the version; otherwise null.</param>
/// <param name="Received">Why a caller who is not the owner may have it; null for the owner.</param>
public sealed record FileVersionReply(
    AccountId Owner, FileId File, int Version, byte[] Header, byte[] PartHashes, byte[]? OwnerMetadata, byte[] Metadata,
    SignedManifest Manifest, DateTimeOffset StoredAt, ReceivedGrant? Received = null, SignedRevision? Revised = null);

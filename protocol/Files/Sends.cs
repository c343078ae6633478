namespace Vault.Protocol;

/// <summary>Announces a send: its length is set aside in the quota and its name is looked up.</summary>
/// <param name="Upload">Chosen by the client; sent again it gives the same answer.</param>
/// <param name="File">The file's id if the name is new; otherwise the server answers with the id it has.</param>
/// <param name="NameTag">HMAC of the normalised path, 32 bytes.</param>
/// <param name="HeaderLength">Length of the age header, in bytes, at most <see cref="MaxHeaderLength"/>.</param>
/// <param name="PayloadLength">Length of the age payload, in bytes.</param>
/// <param name="PartSize">Bytes of chunks in a part, see <see cref="PartLayout"/>.</param>
public sealed record ReserveSendRequest(
    UploadId Upload, FileId File, byte[] NameTag, int HeaderLength, long PayloadLength, int PartSize)
{
    /// <summary>The longest age header accepted, in bytes.</summary>
    public const int MaxHeaderLength = 16 * 1024;

    /// <summary>Length of a name tag, in bytes.</summary>
    public const int NameTagLength = 32;
}

/// <summary>The parts of a send under way that have arrived, in order; a part that is not in it is to be sent.</summary>
public sealed record SendPartsReply(IReadOnlyList<ArrivedPart> Parts);

/// <summary>A part that has arrived.</summary>
/// <param name="Index">Numbered from 0.</param>
/// <param name="Sha256">Of its bytes, 32 bytes.</param>
public sealed record ArrivedPart(int Index, byte[] Sha256);

/// <summary>What the next manifest of a file must say.</summary>
/// <param name="File">The file that has, or will have, this name.</param>
/// <param name="Version">The version to send.</param>
/// <param name="PreviousManifest">SHA-256 of the manifest of the version before; null for version 1.</param>
/// <param name="IsShared">
/// Whether others may have the file: then the commit must say who has the new version (<see cref="CommitSendRequest.Shares"/>),
/// and <see cref="Routes.FileShares"/> tells who that is now.
/// </param>
public sealed record SendTarget(FileId File, int Version, byte[]? PreviousManifest, bool IsShared = false);

/// <summary>Ends a send: from here on the version exists, or nothing does.</summary>
/// <param name="Upload">The send.</param>
/// <param name="Header">The age header.</param>
/// <param name="PartHashes">SHA-256 of each part of the payload, 32 bytes each, one behind the other.</param>
/// <param name="OwnerMetadata">Metadata sealed for the owner's list, at most <see cref="MaxMetadataLength"/> bytes.</param>
/// <param name="Metadata">Metadata sealed under the file key, at most <see cref="MaxMetadataLength"/> bytes.</param>
/// <param name="Manifest">The signed manifest that binds all of it.</param>
/// <param name="Shares">Who has the version besides the owner; null where nobody has the file.</param>
public sealed record CommitSendRequest(
    UploadId Upload, byte[] Header, byte[] PartHashes, byte[] OwnerMetadata, byte[] Metadata, SignedManifest Manifest,
    VersionShares? Shares = null)
{
    /// <summary>The longest sealed metadata accepted, in bytes.</summary>
    public const int MaxMetadataLength = 16 * 1024;
}

/// <summary>What the server says it has stored; the client compares every field with what it sent.</summary>
/// <param name="ManifestHash">SHA-256 of the manifest's bytes.</param>
/// <param name="PartList">Hash over the part hashes as the storage has them.</param>
/// <param name="StreamVersion">The version of the file's event stream that holds it.</param>
/// <param name="LineHash">That line's hash in the chain, 64 hexadecimal digits.</param>
public sealed record Receipt(
    FileId File, int Version, byte[] ManifestHash, byte[] PartList, long StreamVersion, string LineHash);

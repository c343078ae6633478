namespace Vault.Protocol;

/// <summary>What the owner signs of one version; always carried as the exact bytes that were signed (<see cref="SignedManifest"/>).</summary>
/// <param name="Owner">The account that sends.</param>
/// <param name="File">The file.</param>
/// <param name="Version">1 for the first, one more at every send of the same name.</param>
/// <param name="PreviousManifest">SHA-256 of the previous version's manifest bytes; null for version 1.</param>
/// <param name="OwnerMetadata">SHA-256 of the metadata as sealed for the owner's list (revision 1).</param>
/// <param name="Metadata">SHA-256 of the metadata as sealed under the file key.</param>
/// <param name="PayloadLength">Length of the age payload (nonce and chunks), in bytes.</param>
/// <param name="PartSize">Bytes of chunks in a part, see <see cref="PartLayout"/>.</param>
/// <param name="PartList">SHA-256 over the list of the parts' SHA-256, in order.</param>
/// <param name="FileKeyCommitment">HKDF of the file key: age headers do not commit to a key, this does. 32 bytes.</param>
public sealed record Manifest(
    AccountId Owner, FileId File, int Version, byte[]? PreviousManifest, byte[] OwnerMetadata, byte[] Metadata,
    long PayloadLength, int PartSize, byte[] PartList, byte[] FileKeyCommitment);

using System.Security.Cryptography;
using Vault.Client.Contacts;
using Vault.Client.Keys;
using Vault.Client.Shares;
using Vault.Cryptography.Age;
using Vault.Cryptography.Primitives;
using Vault.Protocol;

namespace Vault.Client.Files;

/// <summary>A content by its file key, which it owns, and the header that gives the key out: versions are signed and granted with it.</summary>
/// <param name="upload">The send, or the copy, that makes a version of it.</param>
internal abstract class KeyedContent(
    UploadId upload, SecretBytes fileKey, byte[] header, FileProtection protection, long length, PartLayout layout) : IDisposable
{
    public UploadId Upload { get; } = upload;

    public byte[] Header { get; } = header;

    public FileProtection Protection { get; } = protection;

    /// <summary>Plaintext length, in bytes.</summary>
    public long Length { get; } = length;

    public long PayloadLength { get; } = AgePayload.PayloadLength(length);

    public PartLayout Layout { get; } = layout;

    protected SecretBytes FileKey { get; } = fileKey;

    /// <summary>Whether a version was made of this content.</summary>
    public bool IsIn(Manifest manifest) =>
        CryptographicOperations.FixedTimeEquals(FileKeySchedule.Commit(FileKey), manifest.FileKeyCommitment);

    /// <summary>Gives this content to somebody.</summary>
    public ShareGrant Grant(KeyRing ring, Grant grant, PublishedProfile recipient) => Grants.Sign(ring, grant, FileKey, recipient);

    /// <inheritdoc />
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Called once.</summary>
    protected virtual void Dispose(bool disposing) => FileKey.Dispose();

    /// <summary>Seals the metadata and signs the manifest for one version of one file; done again if another send was first.</summary>
    /// <param name="partList">Hash over the list of the parts' hashes.</param>
    /// <param name="partHashes">That list, where the server does not have it.</param>
    protected (CommitSendRequest Commit, Manifest Manifest) Sign(
        KeyRing ring, AccountId account, SendTarget target, FileMetadata metadata, byte[] partList, byte[] partHashes)
    {
        using var metadataKey = FileKeySchedule.Derive(FileKey, FileKeySchedule.Metadata);
        using var macKey = FileKeySchedule.Derive(FileKey, FileKeySchedule.ManifestMac);
        var forOwner = OwnerMetadata.Seal(metadata, ring, account, target);
        var forReaders = metadata.SealForReaders(metadataKey, account, target);
        var manifest = new Manifest(
            account, target.File, target.Version, target.PreviousManifest, SHA256.HashData(forOwner), SHA256.HashData(forReaders),
            PayloadLength, Layout.PartSize, partList, FileKeySchedule.Commit(FileKey));
        var signed = ring.Sign(manifest, macKey.Span);
        return (new CommitSendRequest(Upload, Header, partHashes, forOwner, forReaders, signed), manifest);
    }
}

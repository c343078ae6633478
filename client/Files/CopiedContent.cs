using Vault.Client.Keys;
using Vault.Cryptography.Age;
using Vault.Protocol;

namespace Vault.Client.Files;

/// <summary>The content of a stored version, under a header for its copy. It is never sealed again: what was sealed once is what is stored.</summary>
internal sealed class CopiedContent : KeyedContent
{
    private readonly Manifest _source;

    private CopiedContent(OpenedVersion version, byte[] header, PartLayout layout)
        : base(UploadId.New(), version.FileKey.Copy(), header, version.Metadata.Protection, version.Metadata.Size, layout) =>
        _source = version.Manifest;

    /// <summary>Sealed to the own key, a content gets a header for the present key; one for a password keeps its own, which that
    /// password opened.</summary>
    public static CopiedContent Of(OpenedVersion version, KeyRing ring) =>
        PartLayout.TryCreate(version.Manifest.PayloadLength, version.Manifest.PartSize, out var layout)
            ? new CopiedContent(
                version,
                version.Metadata.Protection == FileProtection.Password
                    ? version.Reply.Header
                    : AgeHeader.Create(version.FileKey, ring.Recipient),
                layout)
            : throw VaultException.Forged("The file's parts have no possible lengths.");

    /// <inheritdoc cref="KeyedContent.Sign" />
    public (CommitSendRequest Commit, Manifest Manifest) Sign(KeyRing ring, AccountId account, SendTarget target, FileMetadata metadata) =>
        Sign(ring, account, target, metadata, _source.PartList, []);
}

using System.Security.Cryptography;
using Vault.Client.Contacts;
using Vault.Client.Keys;
using Vault.Cryptography.Age;
using Vault.Cryptography.Primitives;
using Vault.Protocol;

namespace Vault.Client.Files;

/// <summary>Every check of a version that needs no file content; each failure is <see cref="VaultErrorCode.IntegrityFailed"/>.</summary>
internal static class VersionCheck
{
    /// <summary>What can be checked of a version of one's own before the file key is known: signature, ids, hashes of what came with it.</summary>
    /// <param name="brief">Whether the list of parts was left out.</param>
    internal static Manifest Manifest(FileVersionReply reply, FileId file, int version, SignedIn me, bool brief = false)
    {
        Require(reply.Received is null && reply.OwnerMetadata is not null, "The server answered as if the file were somebody else's.");
        var manifest = Signed(reply, file, version, me.Account, me.Ring.SigningKey, brief);
        var revised = Revision(reply.Revised, reply.Manifest, manifest, me.Ring.SigningKey);
        Require(
            HashIs(reply.OwnerMetadata!, revised?.OwnerMetadata ?? manifest.OwnerMetadata), "The file's name is not what its owner signed."); // not null: see above
        return manifest;
    }

    /// <summary>The same of a version that somebody gave: <paramref name="owner"/> is who was met before under that account.</summary>
    internal static Manifest Received(FileVersionReply reply, FileId file, int version, PublishedProfile owner, SignedIn me)
    {
        var manifest = Signed(reply, file, version, owner.Account, owner.Profile.SigningKey);
        Granted(reply.Received!.Grant, reply.Header, reply.Manifest, manifest, owner, me); // the caller has looked the owner up in it
        return manifest;
    }

    /// <summary>Whether a grant gives this very version, under this very header, to this account.</summary>
    /// <returns>The grant.</returns>
    internal static Grant Granted(
        SignedGrant signed, byte[] header, SignedManifest signedManifest, Manifest manifest, PublishedProfile owner, SignedIn me)
    {
        var grant = signed.Verify(owner.Profile.SigningKey) ?? throw VaultException.Forged("The share is not signed by the file's owner.");
        Require(grant.Owner == owner.Account && grant.File == manifest.File, "The share is for another file.");
        Require(grant.Recipient == me.Account, "The share is for somebody else.");
        Require(
            grant.Version == manifest.Version && grant.Manifest.AsSpan().SequenceEqual(signedManifest.Hash()),
            "The share is for another version of the file.");
        Require(HashIs(header, grant.Header), "The file's header is not the one that its owner made for you.");
        Require(AgeHeader.IsForOneHybridRecipient(header), "The file's header is not for one person's key.");
        if (!grant.RecipientProfile.AsSpan().SequenceEqual(me.Contacts.OwnProfile))
        {
            throw new VaultException(
                VaultErrorCode.ShareOutdated, $"{owner.Profile.Email} gave this file to keys that you no longer have.",
                "Ask the owner to grant it again.");
        }

        return grant;
    }

    /// <summary>Whether the server may ask to sign this next: it decides which version comes, but not what a version is.</summary>
    internal static void Target(SendTarget target)
    {
        Require(
            target.Version >= 1 && (target.Version == 1) == (target.PreviousManifest is null)
            && target.PreviousManifest is null or { Length: SHA256.HashSizeInBytes },
            "The server asks to sign a version that cannot be.");
    }

    /// <summary>Whether what was opened is what the person chose: a server that has two signed versions must not swap them.</summary>
    internal static void Chosen(FileMetadata opened, VaultFile chosen)
    {
        Require(
            opened.Name == chosen.Name && opened.Size == chosen.Length && opened.Protection == chosen.Protection
            && Convert.ToHexStringLower(opened.Sha256) == chosen.Sha256,
            "The server sent another content than the one that its list showed.");
    }

    /// <summary>What the file key shows: that the header opened to the key the owner meant. An age header alone does not.</summary>
    internal static FileMetadata Opened(
        byte[] metadata, SignedManifest signed, Manifest manifest, SecretBytes fileKey, int revision = FileMetadata.FirstRevision)
    {
        Require(
            CryptographicOperations.FixedTimeEquals(FileKeySchedule.Commit(fileKey), manifest.FileKeyCommitment),
            "The file's header opens to another key than its owner's.");
        using var macKey = FileKeySchedule.Derive(fileKey, FileKeySchedule.ManifestMac);
        Require(signed.VerifyMac(macKey.Span), "The file's manifest was not made with the file's key.");
        using var metadataKey = FileKeySchedule.Derive(fileKey, FileKeySchedule.Metadata);
        return FileMetadata.OpenAsReader(metadata, metadataKey, manifest.Owner, manifest.File, manifest.Version, revision)
            ?? throw VaultException.Forged("The file's metadata does not verify.");
    }

    /// <summary>Whether the server says it stored exactly what was sent.</summary>
    internal static void Receipt(Receipt receipt, Manifest manifest, SignedManifest signed)
    {
        Require(
            receipt.File == manifest.File && receipt.Version == manifest.Version
            && receipt.ManifestHash.AsSpan().SequenceEqual(signed.Hash())
            && receipt.PartList.AsSpan().SequenceEqual(manifest.PartList)
            && receipt.StreamVersion > 0
            && receipt.LineHash.Length == 2 * SHA256.HashSizeInBytes && receipt.LineHash.All(char.IsAsciiHexDigitLower),
            "The server's receipt is not for what was sent.");
    }

    /// <summary>Whether metadata are those that came with a version, or others that its owner signed for it later.</summary>
    internal static void Metadata(
        byte[] metadata, SignedRevision? signed, SignedManifest signedManifest, Manifest manifest, ReadOnlySpan<byte> signingKey) =>
        Require(
            HashIs(metadata, Revision(signed, signedManifest, manifest, signingKey)?.Metadata ?? manifest.Metadata),
            "The file's metadata is not what its owner signed.");

    /// <summary>The revision of metadata that were checked.</summary>
    internal static int RevisionOf(SignedRevision? signed) => signed is null
        ? FileMetadata.FirstRevision
        : ProtocolJson.TryRead(signed.Bytes, ProtocolJson.Default.MetadataRevision)?.Revision
            ?? throw VaultException.Forged("The file's name is not what its owner signed.");

    private static MetadataRevision? Revision(
        SignedRevision? signed, SignedManifest signedManifest, Manifest manifest, ReadOnlySpan<byte> signingKey)
    {
        if (signed is null)
        {
            return null;
        }

        var revision = signed.Verify(signingKey) ?? throw VaultException.Forged("The file's name is not signed by its owner.");
        Require(
            revision.Owner == manifest.Owner && revision.File == manifest.File && revision.Version == manifest.Version
            && revision.Revision > FileMetadata.FirstRevision && revision.Manifest.AsSpan().SequenceEqual(signedManifest.Hash()),
            "The file's name was signed for another version.");
        return revision;
    }

    private static Manifest Signed(
        FileVersionReply reply, FileId file, int version, AccountId owner, ReadOnlySpan<byte> signingKey, bool brief = false)
    {
        var manifest = reply.Manifest.Verify(signingKey, reply.StoredAt)
            ?? throw VaultException.Forged("The file's manifest is not signed by its owner.");
        Require(manifest.Owner == owner && reply.Owner == owner, "The file's manifest names another owner.");
        Require(manifest.File == file && reply.File == file, "The server answered with another file than the one asked for.");
        Require(manifest.Version == version && reply.Version == version, "The server answered with another version than the one asked for.");
        Metadata(reply.Metadata, reply.Revised, reply.Manifest, manifest, signingKey);
        Require(
            PartLayout.TryCreate(manifest.PayloadLength, manifest.PartSize, out var layout)
            && (brief || (reply.PartHashes.Length == layout.PartCount * SHA256.HashSizeInBytes
                && PartLayout.HashOfList(reply.PartHashes).AsSpan().SequenceEqual(manifest.PartList))),
            "The list of the file's parts is not what its owner signed.");
        return manifest;
    }

    private static bool HashIs(byte[] bytes, byte[] hash) => SHA256.HashData(bytes).AsSpan().SequenceEqual(hash);

    private static void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw VaultException.Forged(what);
        }
    }
}

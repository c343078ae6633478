using System.Security.Cryptography;
using Vault.Client.Keys;
using Vault.Cryptography.Primitives;
using Vault.Protocol;

namespace Vault.Client.Files;

/// <summary>Every check of a version that needs no file content; each failure is <see cref="VaultErrorCode.IntegrityFailed"/>.</summary>
internal static class VersionCheck
{
    /// <summary>What can be checked before the file key is known: signature, ids, hashes of what came with it.</summary>
    internal static Manifest Manifest(FileVersionReply reply, FileId file, int version, AccountId account, KeyRing ring)
    {
        var manifest = reply.Manifest.Verify(ring.SigningKey)
            ?? throw VaultException.Forged("The file's manifest is not signed by its owner.");
        Require(manifest.Owner == account && reply.Owner == account, "The file's manifest names another owner.");
        Require(manifest.File == file && reply.File == file, "The server answered with another file than the one asked for.");
        Require(manifest.Version == version && reply.Version == version, "The server answered with another version than the one asked for.");
        Require(HashIs(reply.Metadata, manifest.Metadata), "The file's metadata is not what its owner signed.");
        Require(reply.OwnerMetadata is not null && HashIs(reply.OwnerMetadata, manifest.OwnerMetadata), "The file's name is not what its owner signed.");
        Require(
            PartLayout.TryCreate(manifest.PayloadLength, manifest.PartSize, out var layout)
            && reply.PartHashes.Length == layout.PartCount * SHA256.HashSizeInBytes
            && PartLayout.HashOfList(reply.PartHashes).AsSpan().SequenceEqual(manifest.PartList),
            "The list of the file's parts is not what its owner signed.");
        return manifest;
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
    internal static FileMetadata Opened(FileVersionReply reply, Manifest manifest, SecretBytes fileKey)
    {
        Require(
            CryptographicOperations.FixedTimeEquals(FileKeySchedule.Commit(fileKey), manifest.FileKeyCommitment),
            "The file's header opens to another key than its owner's.");
        using var macKey = FileKeySchedule.Derive(fileKey, FileKeySchedule.ManifestMac);
        Require(reply.Manifest.VerifyMac(macKey.Span), "The file's manifest was not made with the file's key.");
        using var metadataKey = FileKeySchedule.Derive(fileKey, FileKeySchedule.Metadata);
        return FileMetadata.OpenAsReader(reply.Metadata, metadataKey, manifest.Owner, manifest.File, manifest.Version)
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

    private static bool HashIs(byte[] bytes, byte[] hash) => SHA256.HashData(bytes).AsSpan().SequenceEqual(hash);

    private static void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw VaultException.Forged(what);
        }
    }
}

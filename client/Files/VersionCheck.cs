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
        if (reply.Received is not null || reply.OwnerMetadata is null)
        {
            throw VaultException.OfAnotherAccount();
        }

        Func<SignedRevision, MetadataRevision?> ours = revision => me.Ring.Signed(revision.Verify);
        if (me.Ring.Signed(key => reply.Manifest.Verify(key, reply.StoredAt)) is { } signed)
        {
            var manifest = Agrees(signed, reply, file, version, me.Account, ours, brief);
            var revised = Revision(reply.Revised, reply.Manifest, manifest, ours);
            Require(
                HashIs(reply.OwnerMetadata, revised?.OwnerMetadata ?? manifest.OwnerMetadata) || IsNamed(reply, me),
                "The file's name is not what its owner signed.");
            return manifest;
        }

        // Signed with keys that were lost. What was opened since then was signed anew; for the rest only a file password vouches, which
        // makes the manifest's MAC: never a header for one's own key, which anybody can write.
        Require(me.Ring.HasLost || IsNamed(reply, me), "The file's manifest is not signed by its owner.");
        if (!IsNamed(reply, me) && AgeHeader.IsForOneHybridRecipient(reply.Header))
        {
            throw VaultException.Lost(file.ToString());
        }

        var unsigned = ProtocolJson.TryRead(reply.Manifest.Bytes, ProtocolJson.Default.Manifest)
            ?? throw VaultException.Forged("The file's manifest is none.");
        return Agrees(
            unsigned, reply, file, version, me.Account,
            revision => ours(revision) ?? ProtocolJson.TryRead(revision.Bytes, ProtocolJson.Default.MetadataRevision), brief);
    }

    private static bool IsNamed(FileVersionReply reply, SignedIn me) => IsRevised(reply, me) || IsNamedAgain(reply, me);

    private static bool IsRevised(FileVersionReply reply, SignedIn me) =>
        reply.Revised is { } signed && me.Ring.Signed(signed.Verify) is { } revision
        && revision.Owner == me.Account && revision.File == reply.File && revision.Version == reply.Version
        && revision.Manifest.AsSpan().SequenceEqual(reply.Manifest.Hash()) && HashIs(reply.OwnerMetadata!, revision.OwnerMetadata); // own: it is there

    private static bool IsNamedAgain(FileVersionReply reply, SignedIn me) =>
        reply.Naming is { } signed && me.Ring.Signed(signed.Verify) is { } naming
        && naming.Owner == me.Account && naming.File == reply.File && naming.Version == reply.Version
        && naming.Manifest.AsSpan().SequenceEqual(reply.Manifest.Hash()) && HashIs(reply.OwnerMetadata!, naming.OwnerMetadata); // own: it is there

    /// <summary>The same of a version that somebody gave: <paramref name="owner"/> is who was met before under that account.</summary>
    internal static Manifest Received(FileVersionReply reply, FileId file, int version, Meeting owner, SignedIn me)
    {
        var signed = owner.Signed(key => reply.Manifest.Verify(key, reply.StoredAt)) ?? throw VaultException.Forged("The file's manifest is not signed by its owner.");
        var manifest = Agrees(
            signed, reply, file, version, owner.Person.Account, revision => owner.Signed(revision.Verify));
        Granted(reply.Received!.Grant, reply.Header, reply.Manifest, manifest, owner, me); // the caller has looked the owner up in it
        return manifest;
    }

    /// <summary>Whether a grant gives this very version, under this very header, to this account.</summary>
    /// <returns>The grant.</returns>
    internal static Grant Granted(
        SignedGrant signed, byte[] header, SignedManifest signedManifest, Manifest manifest, Meeting owner, SignedIn me)
    {
        var grant = owner.Signed(signed.Verify) ?? throw VaultException.Forged("The share is not signed by the file's owner.");
        Require(grant.Owner == owner.Person.Account && grant.File == manifest.File, "The share is for another file.");
        Require(grant.Recipient == me.Account, "The share is for somebody else.");
        Require(
            grant.Version == manifest.Version && grant.Manifest.AsSpan().SequenceEqual(signedManifest.Hash()),
            "The share is for another version of the file.");
        Require(HashIs(header, grant.Header), "The file's header is not the one that its owner made for you.");
        Require(AgeHeader.IsForOneHybridRecipient(header), "The file's header is not for one person's key.");
        if (!grant.RecipientProfile.AsSpan().SequenceEqual(me.Contacts.OwnProfile) && !me.Ring.HadProfile(grant.RecipientProfile))
        {
            throw new VaultException(
                VaultErrorCode.ShareOutdated, $"{owner.Pin.Email} gave this file to keys that you no longer have.",
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

    /// <summary>What the file key shows: that the header opened to the key the owner meant, which an age header alone does not, and metadata of
    /// a content that is as long as they say.</summary>
    internal static FileMetadata Opened(
        byte[] metadata, SignedManifest signed, Manifest manifest, SecretBytes fileKey, int revision = FileMetadata.FirstRevision)
    {
        Require(
            CryptographicOperations.FixedTimeEquals(FileKeySchedule.Commit(fileKey), manifest.FileKeyCommitment),
            "The file's header opens to another key than its owner's.");
        using var macKey = FileKeySchedule.Derive(fileKey, FileKeySchedule.ManifestMac);
        Require(signed.VerifyMac(macKey.Span), "The file's manifest was not made with the file's key.");
        using var metadataKey = FileKeySchedule.Derive(fileKey, FileKeySchedule.Metadata);
        var opened = FileMetadata.OpenAsReader(metadata, metadataKey, manifest.Owner, manifest.File, manifest.Version, revision)
            ?? throw VaultException.Forged("The file's metadata does not verify.");
        Require(
            AgePayload.TryPlaintextLength(manifest.PayloadLength, out var length) && length == opened.Size,
            "The file's length is not what its metadata says.");
        return opened;
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
        byte[] metadata, SignedRevision? signed, SignedManifest signedManifest, Manifest manifest, Func<SignedRevision, MetadataRevision?> verify) =>
        Require(
            HashIs(metadata, Revision(signed, signedManifest, manifest, verify)?.Metadata ?? manifest.Metadata),
            "The file's metadata is not what its owner signed.");

    /// <summary>The revision of metadata that were checked.</summary>
    internal static int RevisionOf(SignedRevision? signed) => signed is null
        ? FileMetadata.FirstRevision
        : ProtocolJson.TryRead(signed.Bytes, ProtocolJson.Default.MetadataRevision)?.Revision
            ?? throw VaultException.Forged("The file's name is not what its owner signed.");

    private static MetadataRevision? Revision(
        SignedRevision? signed, SignedManifest signedManifest, Manifest manifest, Func<SignedRevision, MetadataRevision?> verify)
    {
        if (signed is null)
        {
            return null;
        }

        var revision = verify(signed) ?? throw VaultException.Forged("The file's name is not signed by its owner.");
        Require(
            revision.Owner == manifest.Owner && revision.File == manifest.File && revision.Version == manifest.Version
            && revision.Revision > FileMetadata.FirstRevision && revision.Manifest.AsSpan().SequenceEqual(signedManifest.Hash()),
            "The file's name was signed for another version.");
        return revision;
    }

    private static Manifest Agrees(
        Manifest manifest, FileVersionReply reply, FileId file, int version, AccountId owner,
        Func<SignedRevision, MetadataRevision?> verify, bool brief = false)
    {
        Require(manifest.Owner == owner && reply.Owner == owner, "The file's manifest names another owner.");
        Require(manifest.File == file && reply.File == file, "The server answered with another file than the one asked for.");
        Require(manifest.Version == version && reply.Version == version, "The server answered with another version than the one asked for.");
        Metadata(reply.Metadata, reply.Revised, reply.Manifest, manifest, verify);
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

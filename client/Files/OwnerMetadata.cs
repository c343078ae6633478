using System.Text.Json;
using Vault.Client.Keys;
using Vault.Cryptography;
using Vault.Cryptography.Age;
using Vault.Protocol;

namespace Vault.Client.Files;

/// <summary>
/// The metadata in the owner's list. Whoever has the metadata key seals under it. A send-only access key, which has no key that opens
/// anything, signs the metadata and seals it to the account's age recipient: a complete age file.
/// </summary>
internal static class OwnerMetadata
{
    private static ReadOnlySpan<byte> AgeStart => "age-encryption.org/"u8;

    internal static byte[] Seal(FileMetadata metadata, KeyRing ring, AccountId account, SendTarget target)
    {
        if (ring.Certificate is null)
        {
            return metadata.SealForOwner(ring.MetadataKey, account, target);
        }

        var json = JsonSerializer.SerializeToUtf8Bytes(metadata, ClientJson.Default.FileMetadata);
        var signed = ring.Sign(new SentMetadata(account, target.File, target.Version, json));
        using var plain = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(signed, ProtocolJson.Default.SignedSentMetadata));
        using var box = new MemoryStream();
        AgeFile.Encrypt(plain, box, ring.Recipient);
        return box.ToArray();
    }

    /// <returns>Null where anything was changed or belongs to another file.</returns>
    internal static FileMetadata? Open(
        byte[] box, KeyRing ring, AccountId account, FileId file, int version, int revision = FileMetadata.FirstRevision) =>
        box.AsSpan().StartsWith(AgeStart)
            ? OpenSent(box, ring, account, file, version)
            : FileMetadata.OpenAsOwner(box, ring.MetadataKey, account, file, version, revision);

    // Anybody can seal to a recipient: what counts is the signature inside.
    private static FileMetadata? OpenSent(byte[] box, KeyRing ring, AccountId account, FileId file, int version)
    {
        try
        {
            using var source = new MemoryStream(box, writable: false);
            using var plain = new MemoryStream();
            AgeFile.Decrypt(source, plain, ring.Identity);
            return ProtocolJson.TryRead(plain.ToArray(), ProtocolJson.Default.SignedSentMetadata)?.Verify(ring.SigningKey) is { } sent
                && sent.Owner == account && sent.File == file && sent.Version == version
                ? FileMetadata.Read(sent.Metadata)
                : null;
        }
        catch (CryptographyException)
        {
            return null;
        }
    }
}

using System.Text.Json;

namespace Vault.Protocol;

/// <summary>The owner's metadata of a version that a send-only access key sent: who has the account's identity can open it, and who
/// sealed it is known by the signature.</summary>
/// <param name="Owner">The account.</param>
/// <param name="File">The file.</param>
/// <param name="Version">The version.</param>
/// <param name="Metadata">What the account's clients keep of a file, as UTF-8 JSON.</param>
public sealed record SentMetadata(AccountId Owner, FileId File, int Version, byte[] Metadata);

/// <summary>Metadata's bytes, the access key's signature, and why that counts.</summary>
/// <param name="Bytes">UTF-8 JSON of <see cref="SentMetadata"/>, exactly as signed.</param>
/// <param name="Signature">Ed25519 over <c>"Vault/1 sent metadata" ‖ 0x00 ‖ Bytes</c> by the certificate's key, 64 bytes.</param>
/// <param name="Certificate">Signed by the account's own key.</param>
public sealed record SignedSentMetadata(byte[] Bytes, byte[] Signature, SignedCertificate Certificate)
{
    /// <summary>Signs with the seed that belongs to the certificate's key.</summary>
    public static SignedSentMetadata Sign(SentMetadata metadata, ReadOnlySpan<byte> seed, SignedCertificate certificate)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(metadata, ProtocolJson.Default.SentMetadata);
        return new SignedSentMetadata(bytes, SignedBytes.Sign(SignedBytes.SentMetadataLabel, bytes, seed), certificate);
    }

    /// <summary>Reads the metadata if a key signed it that <paramref name="signingKey"/>, the account's own, certified for that account.</summary>
    public SentMetadata? Verify(ReadOnlySpan<byte> signingKey) =>
        Certificate.Verify(signingKey) is { } certificate
            && SignedBytes.Verify(SignedBytes.SentMetadataLabel, Bytes, Signature, certificate.SigningKey)
            && ProtocolJson.TryRead(Bytes, ProtocolJson.Default.SentMetadata) is { } metadata && metadata.Owner == certificate.Owner
            ? metadata
            : null;
}

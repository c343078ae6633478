using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Vault.Protocol;

/// <summary>A manifest's bytes, the owner's signature and a MAC that only who opens the file can make.</summary>
/// <param name="Bytes">UTF-8 JSON of <see cref="Manifest"/>, exactly as signed.</param>
/// <param name="Signature">Ed25519 over <c>"Vault/1 manifest" ‖ 0x00 ‖ Bytes</c>, 64 bytes.</param>
/// <param name="Mac">HMAC-SHA256 over Bytes under a key from the file key, 32 bytes; the server cannot check it.</param>
/// <param name="Certificate">Where a send-only access key signed: why its signature is as good as the owner's. Null where the owner did.</param>
public sealed record SignedManifest(
    byte[] Bytes, byte[] Signature, byte[] Mac,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] SignedCertificate? Certificate = null)
{
    /// <summary>The longest manifest accepted, in bytes.</summary>
    public const int MaxLength = 4 * 1024;

    /// <summary>Signs with the owner's seed and MACs with <paramref name="macKey"/>, which the client takes from the file key.</summary>
    public static SignedManifest Sign(Manifest manifest, ReadOnlySpan<byte> signingSeed, ReadOnlySpan<byte> macKey)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(manifest, ProtocolJson.Default.Manifest);
        return new SignedManifest(
            bytes, SignedBytes.Sign(SignedBytes.ManifestLabel, bytes, signingSeed), HMACSHA256.HashData(macKey, bytes));
    }

    /// <summary>
    /// Reads the manifest if <paramref name="signingKey"/>, the owner's own, signed it, or a key that it certified for the manifest's
    /// owner; null where anything does not hold.
    /// </summary>
    /// <param name="signingKey">The owner's.</param>
    /// <param name="storedAt">When the version was stored: not after the certificate's end. Null where nobody has said.</param>
    public Manifest? Verify(ReadOnlySpan<byte> signingKey, DateTimeOffset? storedAt = null)
    {
        if (Certificate is null)
        {
            return Read(signingKey);
        }

        return Certificate.Verify(signingKey) is { } certificate && Read(certificate.SigningKey) is { } manifest
            && manifest.Owner == certificate.Owner && !(storedAt > certificate.ExpiresAt)
            ? manifest
            : null;
    }

    /// <summary>Whether the MAC was made with <paramref name="macKey"/>; constant time.</summary>
    public bool VerifyMac(ReadOnlySpan<byte> macKey)
    {
        Span<byte> expected = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(macKey, Bytes, expected);
        return CryptographicOperations.FixedTimeEquals(expected, Mac);
    }

    /// <summary>SHA-256 of the bytes: what receipts, shares and the next version refer to.</summary>
    public byte[] Hash() => SHA256.HashData(Bytes);

    private Manifest? Read(ReadOnlySpan<byte> key) =>
        Bytes.Length <= MaxLength && SignedBytes.Verify(SignedBytes.ManifestLabel, Bytes, Signature, key)
            ? ProtocolJson.TryRead(Bytes, ProtocolJson.Default.Manifest)
            : null;
}

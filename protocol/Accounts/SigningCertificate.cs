using System.Text.Json;
using Vault.Cryptography.Primitives;

namespace Vault.Protocol;

/// <summary>Says that a key signs manifests for an account; nothing else that it signs is worth anything.</summary>
/// <param name="Owner">The account.</param>
/// <param name="Key">The send-only access key that holds the signing key.</param>
/// <param name="SigningKey">Ed25519 public key, 32 bytes.</param>
/// <param name="ExpiresAt">Versions stored later are not signed by it.</param>
public sealed record SigningCertificate(AccountId Owner, AccessKeyId Key, byte[] SigningKey, DateTimeOffset ExpiresAt);

/// <summary>A certificate's bytes and the signature by the account's own signing key.</summary>
/// <param name="Bytes">UTF-8 JSON of <see cref="SigningCertificate"/>, exactly as signed.</param>
/// <param name="Signature">Ed25519 over <c>"Vault/1 signing certificate" ‖ 0x00 ‖ Bytes</c>, 64 bytes.</param>
public sealed record SignedCertificate(byte[] Bytes, byte[] Signature)
{
    /// <summary>The longest certificate accepted, in bytes.</summary>
    public const int MaxLength = 512;

    /// <summary>Signs with the account's seed.</summary>
    public static SignedCertificate Sign(SigningCertificate certificate, ReadOnlySpan<byte> signingSeed)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(certificate, ProtocolJson.Default.SigningCertificate);
        return new SignedCertificate(bytes, SignedBytes.Sign(SignedBytes.CertificateLabel, bytes, signingSeed));
    }

    /// <summary>Reads the certificate if <paramref name="signingKey"/>, the account's own, signed it; null where anything does not hold.</summary>
    public SigningCertificate? Verify(ReadOnlySpan<byte> signingKey) =>
        Bytes.Length <= MaxLength && SignedBytes.Verify(SignedBytes.CertificateLabel, Bytes, Signature, signingKey)
            && ProtocolJson.TryRead(Bytes, ProtocolJson.Default.SigningCertificate) is { SigningKey.Length: Ed25519.PublicKeyLength } certificate
            ? certificate
            : null;
}

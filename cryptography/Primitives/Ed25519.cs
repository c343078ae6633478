using System.Security.Cryptography;

namespace Vault.Cryptography.Primitives;

/// <summary>Signatures, <see href="https://www.rfc-editor.org/rfc/rfc8032#section-5.1">RFC 8032 section 5.1</see>, with keys kept as seeds.</summary>
public static class Ed25519
{
    /// <summary>Length of a private key (the seed), in bytes.</summary>
    public const int SeedLength = 32;

    /// <summary>Length of a public key, in bytes.</summary>
    public const int PublicKeyLength = 32;

    /// <summary>Length of a signature, in bytes.</summary>
    public const int SignatureLength = 64;

    private const int ExpandedLength = 64;

    /// <summary>The public key that belongs to <paramref name="seed"/>.</summary>
    public static void PublicKey(Span<byte> publicKey, ReadOnlySpan<byte> seed)
    {
        Require.Length(publicKey, PublicKeyLength);
        Span<byte> expanded = stackalloc byte[ExpandedLength];
        try
        {
            Expand(publicKey, expanded, seed);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(expanded);
        }
    }

    /// <summary>Signs <paramref name="message"/>; the caller puts a domain prefix in it.</summary>
    public static void Sign(Span<byte> signature, ReadOnlySpan<byte> message, ReadOnlySpan<byte> seed)
    {
        Require.Length(signature, SignatureLength);
        Span<byte> publicKey = stackalloc byte[PublicKeyLength];
        Span<byte> expanded = stackalloc byte[ExpandedLength];
        try
        {
            Expand(publicKey, expanded, seed);
            if (Libsodium.crypto_sign_ed25519_detached(signature, 0, message, (ulong)message.Length, expanded) != 0)
            {
                throw new CryptographyException(CryptographyError.InvalidEncoding, "The message could not be signed.");
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(expanded);
        }
    }

    /// <summary>Whether <paramref name="signature"/> is <paramref name="publicKey"/>'s over <paramref name="message"/>.</summary>
    public static bool Verify(ReadOnlySpan<byte> signature, ReadOnlySpan<byte> message, ReadOnlySpan<byte> publicKey)
    {
        return signature.Length == SignatureLength && publicKey.Length == PublicKeyLength
            && Libsodium.crypto_sign_ed25519_verify_detached(signature, message, (ulong)message.Length, publicKey) == 0;
    }

    private static void Expand(Span<byte> publicKey, Span<byte> expanded, ReadOnlySpan<byte> seed)
    {
        Require.Length(seed, SeedLength);
        if (Libsodium.crypto_sign_ed25519_seed_keypair(publicKey, expanded, seed) != 0)
        {
            throw new CryptographyException(CryptographyError.InvalidEncoding, "The Ed25519 seed gives no key pair.");
        }
    }
}

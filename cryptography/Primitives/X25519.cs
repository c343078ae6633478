using System.Security.Cryptography;

namespace Vault.Cryptography.Primitives;

/// <summary>Diffie-Hellman on Curve25519, <see href="https://www.rfc-editor.org/rfc/rfc7748#section-6.1">RFC 7748 section 6.1</see>.</summary>
public static class X25519
{
    /// <summary>Length of a public key, a private key and a shared secret, in bytes.</summary>
    public const int KeyLength = 32;

    /// <summary>publicKey = X25519(privateKey, 9).</summary>
    public static void PublicKey(Span<byte> publicKey, ReadOnlySpan<byte> privateKey)
    {
        Require.Length(publicKey, KeyLength);
        Require.Length(privateKey, KeyLength);
        if (Libsodium.crypto_scalarmult_curve25519_base(publicKey, privateKey) != 0)
        {
            throw new CryptographyException(CryptographyError.InvalidEncoding, "The X25519 private key gives no public key.");
        }
    }

    /// <summary>sharedSecret = X25519(privateKey, peerPublicKey).</summary>
    /// <exception cref="CryptographyException">The result is all zero: the peer's key is of small order.</exception>
    public static void SharedSecret(
        Span<byte> sharedSecret, ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> peerPublicKey)
    {
        Require.Length(sharedSecret, KeyLength);
        Require.Length(privateKey, KeyLength);
        Require.Length(peerPublicKey, KeyLength);
        if (Libsodium.crypto_scalarmult_curve25519(sharedSecret, privateKey, peerPublicKey) != 0)
        {
            CryptographicOperations.ZeroMemory(sharedSecret);
            throw new CryptographyException(CryptographyError.InvalidEncoding, "The peer's X25519 key is of small order.");
        }
    }
}

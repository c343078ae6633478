using System.Security.Cryptography;

namespace Vault.Cryptography.Primitives;

/// <summary>AEAD with 24-byte random nonces, <see href="https://datatracker.ietf.org/doc/html/draft-irtf-cfrg-xchacha">draft-irtf-cfrg-xchacha</see>.</summary>
public static class XChaCha20Poly1305
{
    /// <summary>Length of a key, in bytes.</summary>
    public const int KeyLength = 32;

    /// <summary>Length of a nonce, in bytes; long enough to be random for every message.</summary>
    public const int NonceLength = 24;

    /// <summary>Length of a tag, in bytes.</summary>
    public const int TagLength = 16;

    /// <summary>How many bytes <see cref="Seal"/> adds: the nonce in front and the tag behind.</summary>
    public const int Overhead = NonceLength + TagLength;

    /// <summary>nonce ‖ ciphertext ‖ tag under a fresh random nonce.</summary>
    public static byte[] Seal(ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> associatedData, ReadOnlySpan<byte> key)
    {
        Require.Length(key, KeyLength);
        var box = new byte[checked(plaintext.Length + Overhead)];
        var nonce = box.AsSpan(0, NonceLength);
        RandomNumberGenerator.Fill(nonce);
        var result = Libsodium.crypto_aead_xchacha20poly1305_ietf_encrypt(
            box.AsSpan(NonceLength), 0, plaintext, (ulong)plaintext.Length,
            associatedData, (ulong)associatedData.Length, 0, nonce, key);
        return result == 0
            ? box
            : throw new CryptographyException(CryptographyError.OutOfRange, "The message could not be sealed.");
    }

    /// <summary>Opens what <see cref="Seal"/> made into <paramref name="plaintext"/>, whose length is the box's less <see cref="Overhead"/>.</summary>
    /// <returns>Whether key, associated data and tag agree; if not, <paramref name="plaintext"/> is all zero.</returns>
    public static bool TryOpen(
        Span<byte> plaintext, ReadOnlySpan<byte> box, ReadOnlySpan<byte> associatedData, ReadOnlySpan<byte> key)
    {
        Require.Length(key, KeyLength);
        if (box.Length < Overhead || plaintext.Length != box.Length - Overhead)
        {
            return false;
        }

        var ciphertext = box[NonceLength..];
        var opened = Libsodium.crypto_aead_xchacha20poly1305_ietf_decrypt(
            plaintext, 0, 0, ciphertext, (ulong)ciphertext.Length,
            associatedData, (ulong)associatedData.Length, box[..NonceLength], key) == 0;
        if (!opened)
        {
            CryptographicOperations.ZeroMemory(plaintext);
        }

        return opened;
    }
}

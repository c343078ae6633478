using System.Buffers.Binary;
using System.Security.Cryptography;
using Vault.Cryptography.Primitives;

namespace Vault.Cryptography.Age;

/// <summary>
/// Single-shot HPKE in base mode, <see href="https://www.rfc-editor.org/rfc/rfc9180#section-6.1">RFC 9180 section
/// 6.1</see>, with the one suite age uses: KEM MLKEM768-X25519 (X-Wing), HKDF-SHA256, ChaCha20-Poly1305.
/// </summary>
internal static class Hpke
{
    /// <summary>How many bytes longer a ciphertext is than its plaintext.</summary>
    internal const int TagLength = 16;

    private const int HashLength = 32; // Nh
    private const int KeyLength = 32; // Nk
    private const int NonceLength = 12; // Nn
    private const int MaxLabeledLength = 256;
    private const byte ModeBase = 0x00;

    private static ReadOnlySpan<byte> Version => "HPKE-v1"u8;

    // suite_id = "HPKE" ‖ kem_id 0x647a ‖ kdf_id 0x0001 ‖ aead_id 0x0003
    private static ReadOnlySpan<byte> SuiteId => "HPKE\u0064\u007a\0\u0001\0\u0003"u8;

    /// <summary>(enc, ct) = SealBase(pkR, info, aad, pt).</summary>
    /// <exception cref="CryptographyException">The public key's encoding is refused.</exception>
    internal static void Seal(
        Span<byte> encapsulated, Span<byte> ciphertext, ReadOnlySpan<byte> plaintext,
        ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> info, ReadOnlySpan<byte> associatedData)
    {
        Span<byte> seed = stackalloc byte[XWing.EncapsulationSeedLength];
        try
        {
            RandomNumberGenerator.Fill(seed);
            SealDerand(encapsulated, ciphertext, plaintext, publicKey, info, associatedData, seed);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
        }
    }

    /// <summary><see cref="Seal"/> with the KEM's randomness injected so that vectors can be held.</summary>
    internal static void SealDerand(
        Span<byte> encapsulated, Span<byte> ciphertext, ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> publicKey,
        ReadOnlySpan<byte> info, ReadOnlySpan<byte> associatedData, ReadOnlySpan<byte> seed)
    {
        Require.Length(ciphertext, plaintext.Length + TagLength);
        Span<byte> sharedSecret = stackalloc byte[XWing.SharedSecretLength];
        Span<byte> key = stackalloc byte[KeyLength];
        Span<byte> nonce = stackalloc byte[NonceLength];
        try
        {
            XWing.EncapsulateDerand(encapsulated, sharedSecret, publicKey, seed);
            KeySchedule(key, nonce, sharedSecret, info);
            using var cipher = new ChaCha20Poly1305(key);
            var tag = ciphertext[plaintext.Length..];
            cipher.Encrypt(nonce, plaintext, ciphertext[..plaintext.Length], tag, associatedData);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(sharedSecret);
            CryptographicOperations.ZeroMemory(key);
            CryptographicOperations.ZeroMemory(nonce);
        }
    }

    /// <summary>pt = OpenBase(enc, skR, info, aad, ct).</summary>
    /// <returns>Whether the ciphertext is authentic; if not, <paramref name="plaintext"/> is all zero.</returns>
    /// <exception cref="CryptographyException">The encapsulated key's X25519 part is of small order.</exception>
    internal static bool TryOpen(
        Span<byte> plaintext, ReadOnlySpan<byte> encapsulated, ReadOnlySpan<byte> ciphertext,
        ReadOnlySpan<byte> seed, ReadOnlySpan<byte> info, ReadOnlySpan<byte> associatedData)
    {
        Require.Length(ciphertext, plaintext.Length + TagLength);
        Span<byte> sharedSecret = stackalloc byte[XWing.SharedSecretLength];
        Span<byte> key = stackalloc byte[KeyLength];
        Span<byte> nonce = stackalloc byte[NonceLength];
        try
        {
            XWing.Decapsulate(sharedSecret, encapsulated, seed);
            KeySchedule(key, nonce, sharedSecret, info);
            using var cipher = new ChaCha20Poly1305(key);
            var tag = ciphertext[plaintext.Length..];
            cipher.Decrypt(nonce, ciphertext[..plaintext.Length], tag, plaintext, associatedData);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            CryptographicOperations.ZeroMemory(plaintext);
            return false;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(sharedSecret);
            CryptographicOperations.ZeroMemory(key);
            CryptographicOperations.ZeroMemory(nonce);
        }
    }

    /// <summary>
    /// KeySchedule(mode_base, shared_secret, info, "", ""), RFC 9180 section 5.1; the sequence number 0 leaves
    /// base_nonce as it is.
    /// </summary>
    internal static void KeySchedule(
        Span<byte> key, Span<byte> baseNonce, ReadOnlySpan<byte> sharedSecret, ReadOnlySpan<byte> info)
    {
        // key_schedule_context = mode ‖ psk_id_hash ‖ info_hash
        Span<byte> context = stackalloc byte[1 + HashLength + HashLength];
        Span<byte> secret = stackalloc byte[HashLength];
        try
        {
            context[0] = ModeBase;
            LabeledExtract(context.Slice(1, HashLength), [], "psk_id_hash"u8, []);
            LabeledExtract(context.Slice(1 + HashLength, HashLength), [], "info_hash"u8, info);
            LabeledExtract(secret, sharedSecret, "secret"u8, []);
            LabeledExpand(key, secret, "key"u8, context);
            LabeledExpand(baseNonce, secret, "base_nonce"u8, context);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    // LabeledExtract(salt, label, ikm) = Extract(salt, "HPKE-v1" ‖ suite_id ‖ label ‖ ikm); every ikm here is public.
    private static void LabeledExtract(
        Span<byte> pseudorandomKey, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> label, ReadOnlySpan<byte> inputKey)
    {
        Span<byte> labeled = stackalloc byte[MaxLabeledLength];
        var length = Concatenate(labeled, Version, SuiteId, label, inputKey);
        HKDF.Extract(HashAlgorithmName.SHA256, labeled[..length], salt, pseudorandomKey);
    }

    // LabeledExpand(prk, label, info, L) = Expand(prk, I2OSP(L, 2) ‖ "HPKE-v1" ‖ suite_id ‖ label ‖ info, L)
    private static void LabeledExpand(
        Span<byte> output, ReadOnlySpan<byte> pseudorandomKey, ReadOnlySpan<byte> label, ReadOnlySpan<byte> info)
    {
        Span<byte> labeled = stackalloc byte[MaxLabeledLength];
        BinaryPrimitives.WriteUInt16BigEndian(labeled, checked((ushort)output.Length));
        var length = sizeof(ushort) + Concatenate(labeled[sizeof(ushort)..], Version, SuiteId, label, info);
        HKDF.Expand(HashAlgorithmName.SHA256, pseudorandomKey, output, labeled[..length]);
    }

    private static int Concatenate(
        Span<byte> destination, ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, ReadOnlySpan<byte> c, ReadOnlySpan<byte> d)
    {
        a.CopyTo(destination);
        b.CopyTo(destination[a.Length..]);
        c.CopyTo(destination[(a.Length + b.Length)..]);
        d.CopyTo(destination[(a.Length + b.Length + c.Length)..]);
        return a.Length + b.Length + c.Length + d.Length;
    }
}

using System.Security.Cryptography;

namespace Vault.Cryptography.Primitives;

/// <summary>The hybrid KEM X-Wing (ML-KEM-768 with X25519), <see href="https://datatracker.ietf.org/doc/draft-connolly-cfrg-xwing-kem/">draft-connolly-cfrg-xwing-kem</see>.</summary>
public static class XWing
{
    /// <summary>Length of a private key (the seed), in bytes.</summary>
    public const int SeedLength = 32;

    /// <summary>Length of an encapsulation key, in bytes.</summary>
    public const int PublicKeyLength = 1216;

    /// <summary>Length of a ciphertext, in bytes.</summary>
    public const int CiphertextLength = 1120;

    /// <summary>Length of a shared secret, in bytes.</summary>
    public const int SharedSecretLength = 32;

    /// <summary>Length of the randomness of <see cref="EncapsulateDerand"/>, in bytes.</summary>
    public const int EncapsulationSeedLength = 64;

    /// <summary>pk from GenerateKeyPairDerand(seed).</summary>
    public static void PublicKey(Span<byte> publicKey, ReadOnlySpan<byte> seed)
    {
        Require.Length(publicKey, PublicKeyLength);
        Require.Length(seed, SeedLength);
        Span<byte> secretKey = stackalloc byte[SeedLength];
        try
        {
            if (Libsodium.crypto_kem_xwing_seed_keypair(publicKey, secretKey, seed) != 0)
            {
                throw new CryptographyException(CryptographyError.InvalidEncoding, "The X-Wing seed gives no key pair.");
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secretKey);
        }
    }

    /// <summary>(ss, ct) = Encapsulate(pk).</summary>
    /// <exception cref="CryptographyException">The public key's encoding is refused.</exception>
    public static void Encapsulate(Span<byte> ciphertext, Span<byte> sharedSecret, ReadOnlySpan<byte> publicKey)
    {
        Span<byte> seed = stackalloc byte[EncapsulationSeedLength];
        try
        {
            RandomNumberGenerator.Fill(seed);
            EncapsulateDerand(ciphertext, sharedSecret, publicKey, seed);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
        }
    }

    /// <summary>(ss, ct) = EncapsulateDerand(pk, eseed); the randomness is injected so that vectors can be held.</summary>
    public static void EncapsulateDerand(
        Span<byte> ciphertext, Span<byte> sharedSecret, ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> seed)
    {
        Require.Length(ciphertext, CiphertextLength);
        Require.Length(sharedSecret, SharedSecretLength);
        Require.Length(publicKey, PublicKeyLength);
        Require.Length(seed, EncapsulationSeedLength);
        if (Libsodium.crypto_kem_xwing_enc_deterministic(ciphertext, sharedSecret, publicKey, seed) != 0)
        {
            throw new CryptographyException(CryptographyError.InvalidEncoding, "The X-Wing public key is not valid.");
        }
    }

    /// <summary>ss = Decapsulate(ct, sk). A forged ciphertext gives an unrelated secret, never an error (implicit rejection).</summary>
    public static void Decapsulate(Span<byte> sharedSecret, ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> seed)
    {
        Require.Length(sharedSecret, SharedSecretLength);
        Require.Length(ciphertext, CiphertextLength);
        Require.Length(seed, SeedLength);
        if (Libsodium.crypto_kem_xwing_dec(sharedSecret, ciphertext, seed) != 0)
        {
            CryptographicOperations.ZeroMemory(sharedSecret);
            throw new CryptographyException(CryptographyError.InvalidEncoding, "The X-Wing ciphertext is not valid.");
        }
    }
}

namespace Vault.Cryptography.Primitives;

/// <summary>The scrypt function of <see href="https://www.rfc-editor.org/rfc/rfc7914">RFC 7914</see>. Takes 128 * N * r bytes of memory.</summary>
public static class Scrypt
{
    /// <summary>key = scrypt(password, salt, N = 2^logN, r, p). Blocks for the whole computation.</summary>
    /// <exception cref="CryptographyException">The memory could not be had, or <paramref name="logN"/> is not 1 to 30.</exception>
    public static void DeriveKey(
        Span<byte> key, ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, int logN, uint r, uint p)
    {
        if (logN is < 1 or > 30)
        {
            throw new CryptographyException(CryptographyError.OutOfRange, "The scrypt work factor must be 1 to 30.");
        }

        var result = Libsodium.crypto_pwhash_scryptsalsa208sha256_ll(
            password, (nuint)password.Length, salt, (nuint)salt.Length, 1UL << logN, r, p, key, (nuint)key.Length);
        if (result != 0)
        {
            throw new CryptographyException(
                CryptographyError.Unavailable, $"scrypt needs {128UL * r << logN >> 20} MiB of memory, which could not be had.");
        }
    }
}

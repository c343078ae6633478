using System.Security.Cryptography;

namespace Vault.Cryptography.Primitives;

/// <summary>The prime-order group ristretto255, <see href="https://www.rfc-editor.org/rfc/rfc9496">RFC 9496</see>, as RFC 9497 section 4.1 uses it.</summary>
public static class Ristretto255
{
    /// <summary>Length of an encoded element, in bytes (Noe in RFC 9497).</summary>
    public const int ElementLength = 32;

    /// <summary>Length of a scalar, in bytes (Nok in RFC 9807).</summary>
    public const int ScalarLength = 32;

    /// <summary>Length of the uniform input of <see cref="FromHash"/> and <see cref="ScalarReduce"/>, in bytes.</summary>
    public const int HashLength = 64;

    /// <summary>Whether the bytes are a canonical encoding of an element other than the identity (RFC 9497 DeserializeElement).</summary>
    public static bool IsValid(ReadOnlySpan<byte> element)
    {
        return element.Length == ElementLength
            && element.ContainsAnyExcept((byte)0)
            && Libsodium.crypto_core_ristretto255_is_valid_point(element) == 1;
    }

    /// <summary>The one-way map of RFC 9496 section 4.3.4.</summary>
    public static void FromHash(Span<byte> element, ReadOnlySpan<byte> uniform)
    {
        Require.Length(element, ElementLength);
        Require.Length(uniform, HashLength);
        if (Libsodium.crypto_core_ristretto255_from_hash(element, uniform) != 0)
        {
            throw new CryptographyException(CryptographyError.InvalidEncoding, "The hash maps to no group element.");
        }
    }

    /// <summary>result = scalar * element.</summary>
    /// <exception cref="CryptographyException">The element's encoding is refused or the result is the identity.</exception>
    public static void Multiply(Span<byte> result, ReadOnlySpan<byte> scalar, ReadOnlySpan<byte> element)
    {
        Require.Length(result, ElementLength);
        Require.Length(scalar, ScalarLength);
        Require.Length(element, ElementLength);
        if (Libsodium.crypto_scalarmult_ristretto255(result, scalar, element) != 0)
        {
            CryptographicOperations.ZeroMemory(result);
            throw new CryptographyException(CryptographyError.InvalidEncoding, "The group element is not valid.");
        }
    }

    /// <summary>result = scalar * generator.</summary>
    /// <exception cref="CryptographyException">The scalar is zero.</exception>
    public static void MultiplyGenerator(Span<byte> result, ReadOnlySpan<byte> scalar)
    {
        Require.Length(result, ElementLength);
        Require.Length(scalar, ScalarLength);
        if (Libsodium.crypto_scalarmult_ristretto255_base(result, scalar) != 0)
        {
            throw new CryptographyException(CryptographyError.InvalidEncoding, "The scalar is zero.");
        }
    }

    /// <summary>inverse = scalar^-1 modulo the group order.</summary>
    /// <exception cref="CryptographyException">The scalar is zero.</exception>
    public static void ScalarInvert(Span<byte> inverse, ReadOnlySpan<byte> scalar)
    {
        Require.Length(inverse, ScalarLength);
        Require.Length(scalar, ScalarLength);
        if (Libsodium.crypto_core_ristretto255_scalar_invert(inverse, scalar) != 0)
        {
            throw new CryptographyException(CryptographyError.InvalidEncoding, "The scalar is zero.");
        }
    }

    /// <summary>scalar = uniform, little-endian, modulo the group order.</summary>
    public static void ScalarReduce(Span<byte> scalar, ReadOnlySpan<byte> uniform)
    {
        Require.Length(scalar, ScalarLength);
        Require.Length(uniform, HashLength);
        Libsodium.crypto_core_ristretto255_scalar_reduce(scalar, uniform);
    }

    /// <summary>A uniformly random non-zero scalar.</summary>
    public static void RandomScalar(Span<byte> scalar)
    {
        Require.Length(scalar, ScalarLength);
        Libsodium.crypto_core_ristretto255_scalar_random(scalar);
    }
}

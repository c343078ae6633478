using System.Buffers.Binary;
using System.Security.Cryptography;
using Vault.Cryptography.Primitives;

namespace Vault.Cryptography.Opaque;

/// <summary>
/// The oblivious pseudorandom function OPRF(ristretto255, SHA-512) in mode 0,
/// <see href="https://www.rfc-editor.org/rfc/rfc9497#section-3.3.1">RFC 9497 section 3.3.1</see>.
/// </summary>
internal static class Oprf
{
    private const int HashBlockLength = 128;

    /// <summary>blindedElement = blind * HashToGroup(input).</summary>
    /// <exception cref="CryptographyException">The input maps to the identity, which no one can find on
    /// purpose.</exception>
    internal static void Blind(Span<byte> blindedElement, ReadOnlySpan<byte> input, ReadOnlySpan<byte> blind)
    {
        Span<byte> uniform = stackalloc byte[Ristretto255.HashLength];
        Span<byte> element = stackalloc byte[OpaqueSuite.ElementLength];
        try
        {
            ExpandMessage(uniform, input, [], OpaqueSuite.OprfHashToGroup);
            Ristretto255.FromHash(element, uniform);
            Ristretto255.Multiply(blindedElement, blind, element);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(uniform);
            CryptographicOperations.ZeroMemory(element);
        }
    }

    /// <summary>evaluatedElement = key * blindedElement.</summary>
    /// <exception cref="CryptographyException">The blinded element's encoding is refused.</exception>
    internal static void BlindEvaluate(
        Span<byte> evaluatedElement, ReadOnlySpan<byte> key, ReadOnlySpan<byte> blindedElement) =>
        Ristretto255.Multiply(evaluatedElement, key, blindedElement);

    /// <summary>output = Hash(len(input) ‖ input ‖ len(N) ‖ N ‖ "Finalize"), N = blind^-1 * evaluatedElement.</summary>
    /// <exception cref="CryptographyException">The evaluated element's encoding is refused.</exception>
    internal static void Finalize(
        Span<byte> output, ReadOnlySpan<byte> input, ReadOnlySpan<byte> blind, ReadOnlySpan<byte> evaluatedElement)
    {
        Span<byte> inverse = stackalloc byte[OpaqueSuite.ScalarLength];
        Span<byte> element = stackalloc byte[OpaqueSuite.ElementLength];
        try
        {
            Ristretto255.ScalarInvert(inverse, blind);
            Ristretto255.Multiply(element, inverse, evaluatedElement);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
            hash.AppendField(input);
            hash.AppendField(element);
            hash.AppendData(OpaqueSuite.OprfFinalize);
            hash.GetHashAndReset(output);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(inverse);
            CryptographicOperations.ZeroMemory(element);
        }
    }

    /// <summary>(skS, pkS) = DeriveKeyPair(seed, info), RFC 9497 section 3.2.1.</summary>
    internal static void DeriveKeyPair(
        Span<byte> privateKey, Span<byte> publicKey, ReadOnlySpan<byte> seed, ReadOnlySpan<byte> info)
    {
        DeriveKey(privateKey, seed, info);
        Ristretto255.MultiplyGenerator(publicKey, privateKey);
    }

    /// <summary>skS alone, for a key whose public half nobody needs.</summary>
    /// <exception cref="CryptographyException">255 hashes in a row were zero, which does not happen.</exception>
    internal static void DeriveKey(Span<byte> privateKey, ReadOnlySpan<byte> seed, ReadOnlySpan<byte> info)
    {
        Span<byte> uniform = stackalloc byte[Ristretto255.HashLength];
        // suffix = len(info) ‖ info ‖ counter
        Span<byte> suffix = stackalloc byte[checked(sizeof(ushort) + info.Length + 1)];
        BinaryPrimitives.WriteUInt16BigEndian(suffix, checked((ushort)info.Length));
        info.CopyTo(suffix[sizeof(ushort)..]);
        try
        {
            for (var counter = 0; counter <= byte.MaxValue; counter++)
            {
                suffix[^1] = (byte)counter;
                ExpandMessage(uniform, seed, suffix, OpaqueSuite.OprfDeriveKeyPair);
                Ristretto255.ScalarReduce(privateKey, uniform);
                if (privateKey.ContainsAnyExcept((byte)0))
                {
                    return;
                }
            }

            throw new CryptographyException(CryptographyError.OutOfRange, "The seed gives no private key.");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(uniform);
        }
    }

    /// <summary>
    /// expand_message_xmd with SHA-512 for exactly one block of output,
    /// <see href="https://www.rfc-editor.org/rfc/rfc9380#section-5.3.1">RFC 9380 section 5.3.1</see>; the message is
    /// <paramref name="message"/> ‖ <paramref name="suffix"/>, kept apart so that a secret need not be copied.
    /// </summary>
    private static void ExpandMessage(
        Span<byte> uniform, ReadOnlySpan<byte> message, ReadOnlySpan<byte> suffix, ReadOnlySpan<byte> domain)
    {
        ReadOnlySpan<byte> domainLength = [checked((byte)domain.Length)];
        Span<byte> first = stackalloc byte[Ristretto255.HashLength];
        try
        {
            // b_0 = H(Z_pad ‖ msg ‖ I2OSP(64, 2) ‖ 0 ‖ DST ‖ len(DST)), b_1 = H(b_0 ‖ 1 ‖ DST ‖ len(DST)).
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
            hash.AppendData(stackalloc byte[HashBlockLength]);
            hash.AppendData(message);
            hash.AppendData(suffix);
            hash.AppendData([0, Ristretto255.HashLength, 0]);
            hash.AppendData(domain);
            hash.AppendData(domainLength);
            hash.GetHashAndReset(first);
            hash.AppendData(first);
            hash.AppendData([1]);
            hash.AppendData(domain);
            hash.AppendData(domainLength);
            hash.GetHashAndReset(uniform);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(first);
        }
    }
}

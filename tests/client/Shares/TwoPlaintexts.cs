using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using Vault.Cryptography.Age;
using Vault.Cryptography.Primitives;

namespace Vault.Client.Tests.Shares;

/// <summary>
/// Makes one age payload that opens under two file keys, to two plaintexts ("invisible salamanders"): Poly1305 does not commit to its key
/// (RFC 8439 section 2.5), so one free block of the ciphertext suffices to make both tags the same.
/// </summary>
internal static class TwoPlaintexts
{
    private const int BlockLength = 16;

    private static readonly BigInteger Prime = BigInteger.Pow(2, 130) - 5;
    private static readonly BigInteger TagModulus = BigInteger.Pow(2, 128);

    /// <summary>A payload of one chunk: nonce ‖ ciphertext ‖ tag.</summary>
    internal static byte[] Craft(SecretBytes fileKey, SecretBytes otherFileKey, int blocks)
    {
        var nonce = RandomNumberGenerator.GetBytes(AgePayload.NonceLength);
        var (r1, s1) = OneTimeKey(fileKey, nonce);
        var (r2, s2) = OneTimeKey(otherFileKey, nonce);
        while (true)
        {
            // tag = ((x · r^n + rest) mod p + s) mod 2^128, the first block x being free.
            var text = RandomNumberGenerator.GetBytes(blocks * BlockLength);
            text.AsSpan(0, BlockLength).Clear();
            var rest1 = Polynomial(text, r1) - (TagModulus * BigInteger.ModPow(r1, blocks + 1, Prime));
            var rest2 = Polynomial(text, r2) - (TagModulus * BigInteger.ModPow(r2, blocks + 1, Prime));
            var slope = Mod(BigInteger.ModPow(r1, blocks + 1, Prime) - BigInteger.ModPow(r2, blocks + 1, Prime));
            for (var wraps = -4; wraps <= 4; wraps++)
            {
                var x = Mod((s2 - s1 + (wraps * TagModulus) - rest1 + rest2) * BigInteger.ModPow(slope, Prime - 2, Prime)) - TagModulus;
                if (x < 0 || x >= TagModulus)
                {
                    continue; // not a block of 16 bytes
                }

                Bytes(x).CopyTo(text, 0);
                var tag = (Polynomial(text, r1) + s1) % TagModulus;
                if (tag == (Polynomial(text, r2) + s2) % TagModulus)
                {
                    return [.. nonce, .. text, .. Bytes(tag)];
                }
            }
        }
    }

    /// <summary>Poly1305's sum over the ciphertext and the block of lengths, without s.</summary>
    private static BigInteger Polynomial(byte[] text, BigInteger r)
    {
        byte[] lengths = [.. new byte[8], .. BitConverter.GetBytes((long)text.Length)];
        var sum = BigInteger.Zero;
        foreach (var block in text.Chunk(BlockLength).Append(lengths))
        {
            sum = (sum + new BigInteger(block, isUnsigned: true) + TagModulus) * r % Prime;
        }

        return sum;
    }

    /// <summary>r and s: the first 32 bytes of ChaCha20's block 0 (RFC 8439 section 2.6), for the only chunk of a payload.</summary>
    private static (BigInteger R, BigInteger S) OneTimeKey(SecretBytes fileKey, byte[] payloadNonce)
    {
        var key = HKDF.DeriveKey(HashAlgorithmName.SHA256, fileKey.Span.ToArray(), 32, payloadNonce, "payload"u8.ToArray());
        var state = new uint[16];
        (state[0], state[1], state[2], state[3]) = (0x61707865, 0x3320646e, 0x79622d32, 0x6b206574);
        for (var word = 0; word < 8; word++)
        {
            state[4 + word] = BinaryPrimitives.ReadUInt32LittleEndian(key.AsSpan(4 * word));
        }

        state[15] = 0x01000000; // counter 0; chunk nonce: 11 bytes of zero, then 1 for the last chunk
        var block = new byte[64];
        var mixed = (uint[])state.Clone();
        for (var round = 0; round < 10; round++)
        {
            for (var column = 0; column < 4; column++)
            {
                Quarter(mixed, column, 4 + column, 8 + column, 12 + column);
            }

            for (var diagonal = 0; diagonal < 4; diagonal++)
            {
                Quarter(mixed, diagonal, 4 + ((diagonal + 1) % 4), 8 + ((diagonal + 2) % 4), 12 + ((diagonal + 3) % 4));
            }
        }

        for (var word = 0; word < 16; word++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(block.AsSpan(4 * word), unchecked(mixed[word] + state[word]));
        }

        foreach (var index in (int[])[3, 7, 11, 15])
        {
            block[index] &= 15; // clamp
        }

        foreach (var index in (int[])[4, 8, 12])
        {
            block[index] &= 252;
        }

        return (new BigInteger(block.AsSpan(0, 16), isUnsigned: true), new BigInteger(block.AsSpan(16, 16), isUnsigned: true));
    }

    private static void Quarter(uint[] x, int a, int b, int c, int d)
    {
        unchecked
        {
            x[a] += x[b];
            x[d] = BitOperations.RotateLeft(x[d] ^ x[a], 16);
            x[c] += x[d];
            x[b] = BitOperations.RotateLeft(x[b] ^ x[c], 12);
            x[a] += x[b];
            x[d] = BitOperations.RotateLeft(x[d] ^ x[a], 8);
            x[c] += x[d];
            x[b] = BitOperations.RotateLeft(x[b] ^ x[c], 7);
        }
    }

    private static BigInteger Mod(BigInteger value) => ((value % Prime) + Prime) % Prime;

    private static byte[] Bytes(BigInteger value)
    {
        var bytes = new byte[BlockLength];
        value.TryWriteBytes(bytes, out _, isUnsigned: true);
        return bytes;
    }
}

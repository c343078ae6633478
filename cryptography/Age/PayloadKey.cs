using System.Buffers.Binary;
using System.Security.Cryptography;
using Vault.Cryptography.Primitives;

namespace Vault.Cryptography.Age;

/// <summary>
/// Seals and opens single chunks of a payload in any order,
/// payload key = HKDF-SHA-256(ikm = file key, salt = nonce, info = "payload").
/// </summary>
/// <remarks>
/// Not thread-safe, since one cipher context serves every call without allocating: give each worker a
/// <see cref="Clone"/>. A counter seals one plaintext ever under one file key and payload nonce; keeping to that is the
/// caller's part.
/// </remarks>
public sealed class PayloadKey : IDisposable
{
    private const int KeyLength = 32;
    private const int ChunkNonceLength = 12;
    private const int CounterOffset = 3;

    private readonly SecretBytes _key;
    private readonly ChaCha20Poly1305 _cipher;

    /// <summary>Derives the payload key; the caller keeps and disposes <paramref name="fileKey"/>.</summary>
    /// <param name="fileKey">The file key, 16 bytes.</param>
    /// <param name="nonce">The payload's first 16 bytes, random for every payload.</param>
    /// <exception cref="ArgumentException">A wrong length.</exception>
    public PayloadKey(SecretBytes fileKey, ReadOnlySpan<byte> nonce)
    {
        ArgumentNullException.ThrowIfNull(fileKey);
        Require.Length(fileKey.Span, AgeHeader.FileKeyLength, nameof(fileKey));
        Require.Length(nonce, AgePayload.NonceLength);
        _key = new SecretBytes(KeyLength);
        HKDF.DeriveKey(HashAlgorithmName.SHA256, fileKey.Span, _key.Span, nonce, "payload"u8);
        _cipher = new ChaCha20Poly1305(_key.Span);
    }

    private PayloadKey(SecretBytes key)
    {
        _key = key;
        _cipher = new ChaCha20Poly1305(key.Span);
    }

    /// <summary>The same key with a cipher context of its own, for another worker, which disposes it.</summary>
    public PayloadKey Clone() => new(_key.Copy());

    /// <summary>Seals chunk number <paramref name="counter"/>.</summary>
    /// <param name="destination">
    /// Exactly <see cref="AgePayload.Overhead"/> bytes longer than the plaintext; the two must not overlap.
    /// </param>
    /// <param name="plaintext">
    /// <see cref="AgePayload.ChunkSize"/> bytes; fewer in the last chunk, none only in a last chunk number 0.
    /// </param>
    /// <param name="counter">Number of the chunk, from 0.</param>
    /// <param name="last">Whether the plaintext ends with this chunk.</param>
    /// <exception cref="ArgumentException">A length that the format does not allow here.</exception>
    public void SealChunk(Span<byte> destination, ReadOnlySpan<byte> plaintext, ulong counter, bool last)
    {
        Require.Length(destination, checked(plaintext.Length + AgePayload.Overhead));
        if (!AgePayload.IsSealedLength(destination.Length, counter == 0, last))
        {
            throw new ArgumentException($"A chunk of {plaintext.Length} bytes cannot stand here.", nameof(plaintext));
        }

        Span<byte> nonce = stackalloc byte[ChunkNonceLength];
        WriteNonce(nonce, counter, last);
        _cipher.Encrypt(nonce, plaintext, destination[..plaintext.Length], destination[plaintext.Length..]);
    }

    /// <summary>Opens chunk number <paramref name="counter"/>.</summary>
    /// <param name="destination">
    /// Exactly <see cref="AgePayload.Overhead"/> bytes shorter than the chunk; the two must not overlap.
    /// </param>
    /// <param name="chunk">The sealed chunk, tag included.</param>
    /// <param name="counter">Number of the chunk, from 0.</param>
    /// <param name="last">Whether the plaintext must end with this chunk.</param>
    /// <returns>
    /// Whether the chunk is authentic at this place and of an allowed length; if not, <paramref name="destination"/> is
    /// all zero.
    /// </returns>
    /// <exception cref="ArgumentException"><paramref name="destination"/> does not fit the chunk.</exception>
    public bool TryOpenChunk(Span<byte> destination, ReadOnlySpan<byte> chunk, ulong counter, bool last)
    {
        if (!AgePayload.IsSealedLength(chunk.Length, counter == 0, last))
        {
            CryptographicOperations.ZeroMemory(destination);
            return false;
        }

        var length = chunk.Length - AgePayload.Overhead;
        Require.Length(destination, length);
        Span<byte> nonce = stackalloc byte[ChunkNonceLength];
        WriteNonce(nonce, counter, last);
        try
        {
            _cipher.Decrypt(nonce, chunk[..length], chunk[length..], destination);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            CryptographicOperations.ZeroMemory(destination);
            return false;
        }
    }

    /// <summary>Zeroes the key. Safe to call twice.</summary>
    public void Dispose()
    {
        _cipher.Dispose();
        _key.Dispose();
    }

    // nonce = counter, 11 bytes big-endian ‖ 0x01 for the last chunk and 0x00 for the others
    private static void WriteNonce(Span<byte> nonce, ulong counter, bool last)
    {
        nonce[..CounterOffset].Clear();
        BinaryPrimitives.WriteUInt64BigEndian(nonce[CounterOffset..], counter);
        nonce[^1] = last ? (byte)1 : (byte)0;
    }
}

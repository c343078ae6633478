namespace Vault.Cryptography.Age;

/// <summary>
/// Sizes of the binary payload, <see href="https://c2sp.org/age#payload">age, payload</see>: a nonce of 16 bytes, then
/// chunks of 64 KiB and a tag each; only the last may be shorter, and it is empty only if the whole plaintext is.
/// </summary>
public static class AgePayload
{
    /// <summary>Length of the nonce in front of the first chunk, in bytes.</summary>
    public const int NonceLength = 16;

    /// <summary>Plaintext bytes in every chunk but the last.</summary>
    public const int ChunkSize = 65536;

    /// <summary>How many bytes longer a sealed chunk is: its tag.</summary>
    public const int Overhead = 16;

    /// <summary>Length of every sealed chunk but the last, in bytes.</summary>
    public const int SealedChunkSize = ChunkSize + Overhead;

    /// <summary>Number of chunks of a plaintext of <paramref name="plaintextLength"/> bytes, at least 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
    public static long ChunkCount(long plaintextLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(plaintextLength);
        return plaintextLength == 0 ? 1 : ((plaintextLength - 1) / ChunkSize) + 1;
    }

    /// <summary>
    /// Length of the payload, nonce included, of a plaintext of <paramref name="plaintextLength"/> bytes.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
    /// <exception cref="OverflowException">The payload is longer than a 64-bit length can say.</exception>
    public static long PayloadLength(long plaintextLength) =>
        checked(NonceLength + plaintextLength + (ChunkCount(plaintextLength) * Overhead));

    /// <summary>
    /// Length of the plaintext in a payload of <paramref name="payloadLength"/> bytes, nonce included.
    /// </summary>
    /// <exception cref="AgeException"><see cref="AgeError.Payload"/>: no payload has this length.</exception>
    public static long PlaintextLength(long payloadLength) => TryPlaintextLength(payloadLength, out var length)
        ? length
        : throw new AgeException(AgeError.Payload, $"No age payload is {payloadLength} bytes long.");

    /// <summary>The same; false where no payload has this length.</summary>
    public static bool TryPlaintextLength(long payloadLength, out long plaintextLength)
    {
        var body = payloadLength < NonceLength ? 0 : payloadLength - NonceLength;
        var chunks = body == 0 ? 0 : ((body - 1) / SealedChunkSize) + 1;
        var last = body - ((chunks - 1) * SealedChunkSize);
        plaintextLength = body - (chunks * Overhead);
        return chunks != 0 && IsSealedLength(last, first: chunks == 1, last: true);
    }

    /// <summary>Whether a sealed chunk of <paramref name="length"/> bytes can stand at this place.</summary>
    internal static bool IsSealedLength(long length, bool first, bool last) => last
        ? length <= SealedChunkSize && (first ? length >= Overhead : length > Overhead)
        : length == SealedChunkSize;
}

using System.Security.Cryptography;

namespace Vault.Protocol;

/// <summary>How an age payload is cut into parts: on chunk borders, with the 16-byte nonce in front of the first.</summary>
/// <remarks>
/// payload = nonce (16) ‖ chunk ‖ chunk ‖ …; a chunk is 65,552 bytes, the last one 17 to 65,552 (or 16, of an empty file).
/// part 0  = nonce ‖ the first PartSize bytes of chunks; part k = the next PartSize bytes of chunks; the last may be shorter.
/// So every part but the first can be sealed and opened knowing only its number.
/// </remarks>
public readonly record struct PartLayout
{
    /// <summary>Length of the payload's nonce, in bytes.</summary>
    public const int NonceLength = 16;

    /// <summary>Length of a full chunk with its tag, in bytes.</summary>
    public const int SealedChunkLength = (64 * 1024) + 16;

    /// <summary>The part size that clients use: 64 chunks, 4 MiB of plaintext.</summary>
    public const int DefaultPartSize = 64 * SealedChunkLength;

    /// <summary>The largest part size that a gateway accepts: 512 chunks, 32 MiB of plaintext.</summary>
    public const int MaxPartSize = 512 * SealedChunkLength;

    /// <summary>The most parts a file can have; with the header they fill the 50,000 blocks of a blob.</summary>
    public const int MaxPartCount = 49_999;

    private PartLayout(long payloadLength, int partSize)
    {
        PayloadLength = payloadLength;
        PartSize = partSize;
    }

    /// <summary>Length of the whole payload, in bytes.</summary>
    public long PayloadLength { get; }

    /// <summary>Bytes of chunks in each part but the last.</summary>
    public int PartSize { get; }

    /// <summary>How many parts there are; at least 1.</summary>
    public int PartCount => (int)((PayloadLength - NonceLength + PartSize - 1) / PartSize);

    /// <summary>Checks a layout that came from elsewhere. The part size is a whole number of chunks.</summary>
    public static bool TryCreate(long payloadLength, int partSize, out PartLayout layout)
    {
        layout = default;
        if (payloadLength < NonceLength + 16 || partSize is < SealedChunkLength or > MaxPartSize
            || partSize % SealedChunkLength != 0 || (payloadLength - NonceLength - 1) / partSize >= MaxPartCount)
        {
            return false;
        }

        layout = new PartLayout(payloadLength, partSize);
        return true;
    }

    /// <summary>Where part <paramref name="index"/> begins in the payload.</summary>
    public long Offset(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, PartCount);
        return index == 0 ? 0 : NonceLength + ((long)index * PartSize);
    }

    /// <summary>Length of part <paramref name="index"/>, in bytes.</summary>
    public int Length(int index)
    {
        var end = index == PartCount - 1 ? PayloadLength : NonceLength + ((index + 1L) * PartSize);
        return (int)(end - Offset(index));
    }

    /// <summary>SHA-256 over the parts' SHA-256 in order: the manifest's and the receipt's <c>PartList</c>.</summary>
    /// <param name="partHashes">The hashes, 32 bytes each, one behind the other.</param>
    public static byte[] HashOfList(ReadOnlySpan<byte> partHashes) => SHA256.HashData(partHashes);
}

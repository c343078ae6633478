using System.Buffers.Binary;
using Azure.Storage.Blobs.Models;

namespace Vault.Storage.Azure;

/// <summary>
/// A part as a block of its blob. The id, 56 bytes in base64, says what its bytes are; all ids of a blob are as long.
/// <code>
/// index (4) ‖ offset (8) ‖ length (4) ‖ SHA-256 (32) ‖ when it was staged, in ticks (8)       integers big-endian
/// </code>
/// </summary>
internal sealed record PartBlock(BlobPart Part, long StagedAt)
{
    private const int IdLength = 56;

    /// <summary>The id under which the service keeps the block.</summary>
    internal string Id
    {
        get
        {
            Span<byte> id = stackalloc byte[IdLength];
            BinaryPrimitives.WriteInt32BigEndian(id, Part.Index);
            BinaryPrimitives.WriteInt64BigEndian(id[4..], Part.Offset);
            BinaryPrimitives.WriteInt32BigEndian(id[12..], Part.Length);
            Part.Sha256.Span.CopyTo(id[16..]);
            BinaryPrimitives.WriteInt64BigEndian(id[48..], StagedAt);
            return Convert.ToBase64String(id);
        }
    }

    /// <summary>Null for a block that is none of ours.</summary>
    internal static PartBlock? Read(BlobBlock block)
    {
        var id = new byte[IdLength];
        return Convert.TryFromBase64String(block.Name, id, out var length) && length == IdLength
            && new BlobPart(
                BinaryPrimitives.ReadInt32BigEndian(id),
                BinaryPrimitives.ReadInt64BigEndian(id.AsSpan(4)),
                BinaryPrimitives.ReadInt32BigEndian(id.AsSpan(12)),
                id.AsMemory(16, 32)) is var part && part.Length == block.SizeLong
                ? new PartBlock(part, BinaryPrimitives.ReadInt64BigEndian(id.AsSpan(48)))
                : null;
    }

    /// <summary>In each place the one that was staged last, by offset; those that it overlaps are replaced by it.</summary>
    internal static IReadOnlyList<PartBlock> Latest(IEnumerable<BlobBlock> blocks)
    {
        var latest = new SortedList<long, PartBlock>();
        foreach (var block in blocks.Select(Read).OfType<PartBlock>().OrderBy(block => block.StagedAt))
        {
            latest[block.Part.Offset] = block;
        }

        return [.. latest.Values];
    }
}

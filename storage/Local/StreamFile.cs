using Microsoft.Win32.SafeHandles;
using Vault.Storage.Lines;

namespace Vault.Storage.Local;

/// <summary>An open stream file: where its whole lines end, and whether a head is one of them.</summary>
internal static class StreamFile
{
    private const int BlockSize = 4096;

    /// <summary>
    /// Whether the file has a whole line of this version and hash that ends at this position. Only the form and the
    /// stated hash of that line are compared; the chain before it was verified by whoever made the head.
    /// </summary>
    internal static bool Contains(SafeFileHandle file, StreamHead head, long length)
    {
        if (head == StreamHead.Empty)
        {
            return true;
        }

        if (head.Version < 1 || head.Position < HashedLine.TailLength || head.Position > length)
        {
            return false;
        }

        var line = LineEndingAt(file, head.Position);
        return line is not null && EventLine.States(line, head);
    }

    /// <summary>
    /// Where the last whole line ends: behind the last line break, or 0. Behind it may stand a tail. Null when the tail
    /// is longer than a line may be, so that no crash of ours left it.
    /// </summary>
    internal static long? EndOfLines(SafeFileHandle file, long length)
    {
        var block = new byte[BlockSize];
        for (var end = length; end > 0 && length - end <= EventLine.MaxLength; end -= BlockSize)
        {
            var start = Math.Max(0, end - BlockSize);
            var text = block.AsSpan(0, LocalFile.ReadUpTo(file, block.AsSpan(0, (int)(end - start)), start));
            var lineBreak = text.LastIndexOf((byte)'\n');
            if (lineBreak >= 0)
            {
                return start + lineBreak + 1;
            }
        }

        return length <= EventLine.MaxLength ? 0 : null;
    }

    /// <summary>
    /// Whether what stands behind the last line break can be a line that was cut off while it was written. It cannot
    /// when it is a whole line and more: then the line break was there and something took it.
    /// </summary>
    internal static bool IsTorn(SafeFileHandle file, long end, long length)
    {
        var tail = new byte[Math.Min(length - end, EventLine.MaxLength)];
        return LocalFile.ReadUpTo(file, tail, end) == length - end
            && (tail.Length == 0 || !HashedLine.TrySplit(tail.AsSpan(..^1), out _, out _));
    }

    private static byte[]? LineEndingAt(SafeFileHandle file, long end)
    {
        // Most lines fit into the first block; the block grows until the line's start is in it.
        for (var size = BlockSize; ; size *= 4)
        {
            var block = new byte[(int)Math.Min(size, end)];
            if (LocalFile.ReadUpTo(file, block, end - block.Length) != block.Length || block[^1] != '\n')
            {
                return null;
            }

            var lineBreak = block.AsSpan(..^1).LastIndexOf((byte)'\n');
            if (lineBreak >= 0 || block.Length == end)
            {
                return block[(lineBreak + 1)..^1];
            }

            if (size > EventLine.MaxLength)
            {
                return null;
            }
        }
    }
}

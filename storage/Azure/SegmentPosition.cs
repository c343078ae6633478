namespace Vault.Storage.Azure;

/// <summary>
/// What a <see cref="StreamHead.Position"/> means here: <c>segment · 2^40 + byte offset in the segment's blob</c>.
/// </summary>
internal readonly record struct SegmentPosition(int Segment, long Offset)
{
    private const int OffsetBits = 40;

    /// <summary>The beginning of the stream.</summary>
    internal static SegmentPosition Start => default;

    /// <summary>The beginning of the segment after this one.</summary>
    internal SegmentPosition Next => new(Segment + 1, 0);

    /// <summary>False for a number that no position has.</summary>
    internal static bool TryRead(long position, out SegmentPosition read)
    {
        read = position < 0 ? default : new SegmentPosition((int)(position >> OffsetBits), position & ((1L << OffsetBits) - 1));
        return position >= 0;
    }

    internal long ToPosition() => ((long)Segment << OffsetBits) + Offset;
}

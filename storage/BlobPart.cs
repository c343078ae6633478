namespace Vault.Storage;

/// <summary>One stretch of a blob that is sent by itself.</summary>
/// <param name="Index">The part's number, from 0.</param>
/// <param name="Offset">Where its first byte stands in the blob.</param>
/// <param name="Length">How many bytes it has, at least 1.</param>
/// <param name="Sha256">SHA-256 of its bytes: 32 bytes.</param>
public sealed record BlobPart(int Index, long Offset, int Length, ReadOnlyMemory<byte> Sha256)
{
    /// <summary>Equal by content; the memory that a record would compare is only a reference to the hash.</summary>
    public bool Equals(BlobPart? other) => other is not null && Index == other.Index && Offset == other.Offset
        && Length == other.Length && Sha256.Span.SequenceEqual(other.Sha256.Span);

    public override int GetHashCode() => HashCode.Combine(Index, Offset, Length);

    internal void RequireValid(string parameter)
    {
        if (Index < 0 || Offset < 0 || Length < 1 || Offset > long.MaxValue - Length || Sha256.Length != 32)
        {
            throw new ArgumentException(
                "A part has an index and an offset of 0 or more, 1 byte or more and a hash of 32 bytes.", parameter);
        }
    }
}

/// <summary>A blob found by listing.</summary>
/// <param name="Name">Its full name.</param>
/// <param name="Length">Its length in bytes.</param>
public readonly record struct BlobEntry(BlobName Name, long Length);

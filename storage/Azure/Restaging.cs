using Azure.Storage.Blobs.Models;

namespace Vault.Storage.Azure;

/// <summary>
/// Sees when a part is staged in a place that may have one already. The service keeps every block that it was sent until the
/// blob is committed, so without a bound somebody could store any amount of content under one reservation.
/// </summary>
/// <remarks>
/// It is remembered, for the blobs that were staged to last, which places this process has seen. The first part of a blob
/// that is not remembered is taken for a repetition, because another process may have been there.
/// </remarks>
internal sealed class Restaging
{
    private const int MaxRemembered = 1024;

    private readonly Dictionary<BlobName, LinkedListNode<(BlobName Name, HashSet<long> Places)>> _blobs = [];
    private readonly LinkedList<(BlobName Name, HashSet<long> Places)> _byUse = [];
    private readonly Lock _gate = new();

    /// <summary>Notes that a part is about to be staged; whether its place may be taken.</summary>
    internal bool Note(BlobName name, BlobPart part)
    {
        lock (_gate)
        {
            if (_blobs.TryGetValue(name, out var blob))
            {
                _byUse.Remove(blob);
                _byUse.AddFirst(blob);
                return !blob.Value.Places.Add(part.Offset);
            }

            _blobs[name] = _byUse.AddFirst((name, [part.Offset]));
            if (_byUse.Count > MaxRemembered && _byUse.Last is { } oldest)
            {
                _blobs.Remove(oldest.Value.Name);
                _byUse.RemoveLast();
            }

            return true;
        }
    }

    /// <summary>
    /// Whether the part is staged already. One with other content may come in the place of another, but what was replaced
    /// may not be longer than what stands: with the replaced, twice what the owner's quota was asked for.
    /// </summary>
    /// <exception cref="StorageException"><see cref="StorageError.Conflict"/>: too much was replaced.</exception>
    internal static bool IsStaged(BlobName name, BlobPart part, IReadOnlyCollection<BlobBlock> blocks)
    {
        var staged = PartBlock.Latest(blocks);
        if (staged.Any(block => block.Part == part))
        {
            return true;
        }

        var live = staged.Where(block => block.Part.Offset != part.Offset).Sum(block => (long)block.Part.Length) + part.Length;
        return blocks.Sum(block => block.SizeLong) + part.Length <= 2 * live
            ? false
            : throw new StorageException(
                StorageError.Conflict, $"The parts of the blob {name} were sent with other content too often.");
    }
}

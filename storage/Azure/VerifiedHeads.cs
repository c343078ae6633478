using Azure;

namespace Vault.Storage.Azure;

/// <summary>
/// For streams used lately: the head that was read or written here, and the state of the blob that it was the end of. An
/// append behind that head need not look at the stream first.
/// </summary>
/// <remarks>Forgetting costs one small read. The older half is forgotten when the newer one is full.</remarks>
internal sealed class VerifiedHeads
{
    private const int HalfSize = 8192;

    private readonly Lock _gate = new();
    private Dictionary<StreamName, (StreamHead Head, ETag State)> _newer = [];
    private Dictionary<StreamName, (StreamHead Head, ETag State)> _older = [];

    internal void Remember(StreamName stream, StreamHead head, ETag state)
    {
        lock (_gate)
        {
            if (_newer.Count >= HalfSize && !_newer.ContainsKey(stream))
            {
                (_older, _newer) = (_newer, []);
            }

            _newer[stream] = (head, state);
        }
    }

    internal void Forget(StreamName stream)
    {
        lock (_gate)
        {
            _newer.Remove(stream);
            _older.Remove(stream);
        }
    }

    /// <summary>The state of the blob that this head was the end of; null where it is not known.</summary>
    internal ETag? Find(StreamName stream, StreamHead head)
    {
        lock (_gate)
        {
            return (_newer.TryGetValue(stream, out var known) || _older.TryGetValue(stream, out known)) && known.Head == head
                ? known.State
                : null;
        }
    }
}

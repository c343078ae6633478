namespace Vault.Grains.EventSourcing;

/// <summary>
/// When a snapshot pays: after enough events that replaying them takes time, but not before they weigh half of what the
/// snapshot does. So snapshots cost a bounded share of what is appended, however large the state is.
/// </summary>
internal sealed class SnapshotPolicy(StorageLimits limits)
{
    private const int ManyBytes = 1024 * 1024;

    private int _events;
    private long _bytes;
    private long _lastLength;

    /// <summary>Whether a snapshot should be written now.</summary>
    public bool IsDue => (_events >= limits.SnapshotEvery || _bytes >= ManyBytes) && _bytes >= _lastLength / 2;

    /// <summary>An event was appended or replayed.</summary>
    public void Count(int length)
    {
        _events++;
        _bytes += length;
    }

    /// <summary>A snapshot is being written; a failed one is tried again only when the next one is due.</summary>
    public void Begin() => (_events, _bytes) = (0, 0);

    /// <summary>A snapshot of this length was written or loaded.</summary>
    public void Written(int length) => _lastLength = length;
}

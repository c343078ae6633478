namespace Vault.Storage;

/// <summary>Append-only streams of events, each line chained to the one before it by <see cref="LineHash"/>.</summary>
/// <remarks>
/// All members throw <see cref="StorageException"/>. Streams are independent of each other; calls on the same and on
/// different streams may run at the same time. No call blocks the caller's scheduler on a disk.
/// </remarks>
public interface IEventLog
{
    /// <summary>
    /// Yields the events after <paramref name="from"/> in order, each verified against the chain. What is yielded is
    /// durable. The last event's <see cref="StoredEvent.Head"/> is what <see cref="AppendAsync"/> wants; when nothing
    /// is yielded the head is <paramref name="from"/>. A stream that does not exist is an empty one.
    /// </summary>
    /// <exception cref="StorageException">
    /// <see cref="StorageError.Damaged"/>: a line does not verify; nothing is changed or skipped.
    /// <see cref="StorageError.Conflict"/>: the stream does not contain <paramref name="from"/>: start from the
    /// beginning. <see cref="StorageError.Unavailable"/>: the backend failed.
    /// </exception>
    IAsyncEnumerable<StoredEvent> ReadAsync(StreamName stream, StreamHead from, CancellationToken cancellationToken);

    /// <summary>
    /// Appends one event behind <paramref name="expected"/> and returns the new head. When it returns, the event is
    /// durable. Cancellation is heeded only before writing starts.
    /// </summary>
    /// <exception cref="ArgumentException">The type or the data breaks the rules of <see cref="NewEvent"/>.</exception>
    /// <exception cref="StorageException">
    /// <see cref="StorageError.Conflict"/>: the stream does not end at <paramref name="expected"/>; nothing was
    /// written. <see cref="StorageError.TooLarge"/>: the data is longer than <see cref="NewEvent.MaxDataLength"/>.
    /// <see cref="StorageError.Unavailable"/>: it is unknown whether the event was stored; read the stream again.
    /// <see cref="StorageError.Damaged"/>: what lies behind <paramref name="expected"/> is no torn line.
    /// </exception>
    Task<StreamHead> AppendAsync(
        StreamName stream, StreamHead expected, NewEvent newEvent, CancellationToken cancellationToken);

    /// <summary>
    /// The last snapshot that verifies: its own hash, and its line hash against the stream. A missing, damaged or
    /// foreign one is null: snapshots are disposable.
    /// </summary>
    /// <exception cref="StorageException"><see cref="StorageError.Unavailable"/>: the backend failed.</exception>
    Task<StoredSnapshot?> ReadSnapshotAsync(StreamName stream, CancellationToken cancellationToken);

    /// <summary>Replaces the stream's snapshot, whole or not at all.</summary>
    /// <exception cref="ArgumentException">The snapshot breaks the rules of <see cref="StoredSnapshot"/>.</exception>
    /// <exception cref="StorageException"><see cref="StorageError.Unavailable"/>: the backend failed.</exception>
    Task WriteSnapshotAsync(StreamName stream, StoredSnapshot snapshot, CancellationToken cancellationToken);

    /// <summary>Removes a stream and its snapshot for good; does nothing when there is none.</summary>
    /// <exception cref="StorageException">
    /// <see cref="StorageError.Unavailable"/>: the backend failed; try again.
    /// </exception>
    Task DeleteAsync(StreamName stream, CancellationToken cancellationToken);

    /// <summary>
    /// The streams of a category, in no order; those created or deleted meanwhile may be in it or not.
    /// </summary>
    /// <exception cref="ArgumentException">The category breaks the rules of <see cref="StreamName"/>.</exception>
    /// <exception cref="StorageException"><see cref="StorageError.Unavailable"/>: the backend failed.</exception>
    IAsyncEnumerable<StreamName> ListAsync(string category, CancellationToken cancellationToken);
}

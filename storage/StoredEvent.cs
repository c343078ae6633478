namespace Vault.Storage;

/// <summary>Where a stream ends, or ended when someone looked.</summary>
/// <param name="Version">How many events lie before this point; 0 for the empty stream.</param>
/// <param name="Hash">The chain's hash at the last of them.</param>
/// <param name="Position">The backend's own offset; callers store it and hand it back, and read nothing from
/// it.</param>
public readonly record struct StreamHead(long Version, LineHash Hash, long Position)
{
    /// <summary>The head of a stream without events, and the place to read from for all of them.</summary>
    public static StreamHead Empty => default;
}

/// <summary>An event as it was stored and verified.</summary>
/// <param name="Head">Where the stream ended when this was its last event: its version, hash and position.</param>
/// <param name="Time">When, in UTC to 100 ns, as the writer said.</param>
/// <param name="Type">The event's name, such as <c>user.registered.v1</c>.</param>
/// <param name="Data">One JSON value in UTF-8, byte for byte as it was appended; the receiver owns it.</param>
public sealed record StoredEvent(StreamHead Head, DateTimeOffset Time, string Type, ReadOnlyMemory<byte> Data)
{
    /// <summary>The event's number in its stream, from 1.</summary>
    public long Version => Head.Version;

    /// <summary>The chain's hash at this event.</summary>
    public LineHash Hash => Head.Hash;
}

/// <summary>An event to append.</summary>
/// <param name="Type">1 to 128 characters of <c>a-z</c>, <c>0-9</c>, <c>-</c> and <c>.</c>.</param>
/// <param name="Time">When; stored in UTC to 100 ns.</param>
/// <param name="Data">One JSON value in UTF-8 without line breaks, at most <see cref="MaxDataLength"/> bytes.</param>
public sealed record NewEvent(string Type, DateTimeOffset Time, ReadOnlyMemory<byte> Data)
{
    /// <summary>
    /// The most bytes of data in one event: 3 MiB, so that a line fits into one append on every backend.
    /// </summary>
    public const int MaxDataLength = 3 * 1024 * 1024;
}

/// <summary>
/// A fold over the first <c>Head.Version</c> events, kept so that a replay need not start at the beginning.
/// </summary>
/// <param name="Head">The head that the state was folded up to.</param>
/// <param name="Type">The name of the state's format, under the rules of an event's type.</param>
/// <param name="State">One JSON value in UTF-8 without line breaks.</param>
public sealed record StoredSnapshot(StreamHead Head, string Type, ReadOnlyMemory<byte> State);

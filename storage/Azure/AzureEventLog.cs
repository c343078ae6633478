using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Azure;
using Azure.Storage;
using Azure.Storage.Blobs.Models;
using Vault.Storage.Lines;

namespace Vault.Storage.Azure;

/// <summary>
/// Streams as append blobs in segments; a position is a segment and an offset in it (<see cref="SegmentPosition"/>).
/// </summary>
/// <remarks>
/// <para>Every append names the offset at which the blob must end, and the state in which the head before it was verified,
/// so of two writers one is refused. The service appends a line whole or not at all: nothing is ever torn.</para>
/// <para>A segment that has reached its length is left for the next one in three steps: a <see cref="ClosingLine"/> behind
/// the last event, the next blob unless it is there, the event at its beginning. After a crash between them the next
/// writer takes the steps that are missing. A writer that still holds a head of the old segment finds it longer than it
/// thought, however the steps were cut off, and is refused.</para>
/// <para>An append that fails on the way is made again a few times; when the service then finds the line there already,
/// it is ours. When no attempt succeeds the outcome is unknown and told so.</para>
/// </remarks>
public sealed class AzureEventLog : IEventLog
{
    private const int SnapshotPart = 8 * 1024 * 1024;

    private readonly AzureContainer _container;
    private readonly VerifiedHeads _heads = new();

    /// <summary>Keeps its streams in a container that the caller disposes after the last call.</summary>
    public AzureEventLog(AzureContainer container)
    {
        ArgumentNullException.ThrowIfNull(container);
        _container = container;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredEvent> ReadAsync(
        StreamName stream, StreamHead from, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        stream.RequireNamed(nameof(stream));
        var doing = $"read the stream {stream}";
        var segments = new StreamSegments(_container, stream);
        var place = PlaceOf(stream, from);
        var lines = new SegmentLines(segments, place);
        if (from != StreamHead.Empty && !await RunAsync(
            doing, () => lines.OpenBehindAsync(from, cancellationToken), cancellationToken).ConfigureAwait(false))
        {
            throw Conflict(stream, from);
        }

        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var head = from;
        while (await TakeAsync(lines, doing, cancellationToken).ConfigureAwait(false) is { } line)
        {
            if (ClosingLine.Is(line.Span, place.Segment, head))
            {
                if (await TakeAsync(lines, doing, cancellationToken).ConfigureAwait(false) is not null || lines.HasRest)
                {
                    throw Damaged(stream, head);
                }

                place = place.Next;
                head = head with { Position = place.ToPosition() };
                lines = new SegmentLines(segments, place);
                continue;
            }

            var stored = EventLine.Parse(line.Span, head, sha) ?? throw Damaged(stream, head);
            head = stored.Head;
            yield return stored;
        }

        if (lines.HasRest)
        {
            throw Damaged(stream, head);
        }

        if (lines.State is { } state && head.Position != place.ToPosition())
        {
            _heads.Remember(stream, head, state); // the blob ended there when it was in this state
        }
    }

    /// <inheritdoc/>
    public async Task<StreamHead> AppendAsync(
        StreamName stream, StreamHead expected, NewEvent newEvent, CancellationToken cancellationToken)
    {
        stream.RequireNamed(nameof(stream));
        ArgumentNullException.ThrowIfNull(newEvent);
        EventLine.RequireValid(stream, newEvent);
        cancellationToken.ThrowIfCancellationRequested();
        var place = PlaceOf(stream, expected);
        return await RunAsync(
            $"append to the stream {stream}",
            async () =>
            {
                var state = await PrepareAsync(stream, expected, place, cancellationToken).ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();
                return await AppendAsync(stream, expected, place, state, newEvent).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task<StoredSnapshot?> ReadSnapshotAsync(StreamName stream, CancellationToken cancellationToken)
    {
        stream.RequireNamed(nameof(stream));
        return RunAsync(
            $"read the snapshot of the stream {stream}",
            async () =>
            {
                var segments = new StreamSegments(_container, stream);
                return await DownloadAsync(segments, cancellationToken).ConfigureAwait(false) is { } bytes
                    && SnapshotLine.Parse(bytes) is { } snapshot
                    && SegmentPosition.TryRead(snapshot.Head.Position, out var place) && place.Offset >= HashedLine.TailLength
                    && await segments.FindAsync(snapshot.Head, place, cancellationToken).ConfigureAwait(false) is not null
                        ? snapshot
                        : null;
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public Task WriteSnapshotAsync(StreamName stream, StoredSnapshot snapshot, CancellationToken cancellationToken)
    {
        stream.RequireNamed(nameof(stream));
        ArgumentNullException.ThrowIfNull(snapshot);
        SnapshotLine.RequireValid(stream, snapshot);
        return RunAsync(
            $"write a snapshot of the stream {stream}",
            async () =>
            {
                using var content = new MemoryStream(SnapshotLine.Encode(snapshot), writable: false);
                var options = new BlobUploadOptions
                {
                    TransferOptions = new StorageTransferOptions
                    {
                        InitialTransferSize = SnapshotPart,
                        MaximumTransferSize = SnapshotPart,
                        MaximumConcurrency = 2,
                    },
                };
                return await new StreamSegments(_container, stream).Snapshot
                    .UploadAsync(content, options, cancellationToken).ConfigureAwait(false);
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public Task DeleteAsync(StreamName stream, CancellationToken cancellationToken)
    {
        stream.RequireNamed(nameof(stream));
        return RunAsync(
            $"delete the stream {stream}",
            async () =>
            {
                // The first segment first: from then on the stream reads as one without events, never as an older one of itself. What a
                // failure leaves behind it the next attempt finds.
                var segments = new StreamSegments(_container, stream);
                _heads.Forget(stream);
                await segments.Snapshot.DeleteIfThereAsync(null, cancellationToken).ConfigureAwait(false);
                List<string> names = [];
                await foreach (var blob in _container.Client
                    .GetBlobsAsync(BlobTraits.None, BlobStates.None, segments.Folder, cancellationToken).ConfigureAwait(false))
                {
                    names.Add(blob.Name);
                }

                foreach (var name in names.Order(StringComparer.Ordinal))
                {
                    await _container.Client.GetBlobClient(name).DeleteIfThereAsync(null, cancellationToken).ConfigureAwait(false);
                }

                return true;
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StreamName> ListAsync(
        string category, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(category);
        StreamName.RequireSegment(category, nameof(category));
        var prefix = $"{StreamSegments.Root}{category}/";
        var folders = _container.Client.GetBlobsByHierarchyAsync(
            BlobTraits.None, BlobStates.None, "/", prefix, cancellationToken);
        await foreach (var folder in AzureContainer.EnumerateAsync(
            $"list the streams of {category}", folders, cancellationToken).ConfigureAwait(false))
        {
            if (folder.IsPrefix && StreamName.TryParse(folder.Prefix[StreamSegments.Root.Length..^1], out var name))
            {
                yield return name;
            }
        }
    }

    /// <summary>Makes sure that the head is one of the stream's; answers the state that its blob must be in, if known.</summary>
    private async Task<ETag?> PrepareAsync(
        StreamName stream, StreamHead expected, SegmentPosition place, CancellationToken cancellationToken)
    {
        var segments = new StreamSegments(_container, stream);
        if (expected == StreamHead.Empty)
        {
            await segments.CreateAsync(place.Segment, cancellationToken).ConfigureAwait(false);
            return null; // an empty blob says it all
        }

        return _heads.Find(stream, expected)
            ?? await segments.FindAsync(expected, place, cancellationToken).ConfigureAwait(false)
            ?? throw Conflict(stream, expected);
    }

    private async Task<StreamHead> AppendAsync(
        StreamName stream, StreamHead expected, SegmentPosition place, ETag? state, NewEvent newEvent)
    {
        var segments = new StreamSegments(_container, stream);
        var isFull = place.Offset >= _container.Options.SegmentLength;
        var line = isFull
            ? ClosingLine.Encode(place.Segment, expected)
            : EventLine.Encode(expected, newEvent, out _);
        var (result, newState) = await segments.AppendAsync(place, line, expected, state).ConfigureAwait(false);
        if (result == SegmentAppend.Closed || (result == SegmentAppend.Appended && isFull))
        {
            // Behind this head the stream goes on at the beginning of the next segment, whoever closed this one.
            expected = expected with { Position = place.Next.ToPosition() };
            await segments.CreateAsync(place.Next.Segment, CancellationToken.None).ConfigureAwait(false);
            line = EventLine.Encode(expected, newEvent, out _);
            (result, newState) = await segments.AppendAsync(place.Next, line, expected, null).ConfigureAwait(false);
        }

        if (result != SegmentAppend.Appended)
        {
            _heads.Forget(stream);
            throw Conflict(stream, expected);
        }

        EventLine.Encode(expected, newEvent, out var head);
        if (newState is { } known)
        {
            _heads.Remember(stream, head, known);
        }

        return head;
    }

    private static async Task<byte[]?> DownloadAsync(StreamSegments segments, CancellationToken cancellationToken)
    {
        try
        {
            using var read = (await segments.Snapshot.DownloadStreamingAsync(cancellationToken: cancellationToken)
                .ConfigureAwait(false)).Value;
            if (read.Details.ContentLength > SnapshotLine.MaxLength)
            {
                return null;
            }

            var bytes = new byte[read.Details.ContentLength];
            await read.Content.ReadExactlyAsync(bytes, cancellationToken).ConfigureAwait(false);
            return bytes;
        }
        catch (RequestFailedException error) when (AzureContainer.IsMissing(error))
        {
            return null;
        }
    }

    private static async ValueTask<ReadOnlyMemory<byte>?> TakeAsync(
        SegmentLines lines, string doing, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (lines.TryTake(out var line))
            {
                return line;
            }

            if (lines.HasEnded)
            {
                return null;
            }

            await RunAsync(doing, () => lines.FillAsync(cancellationToken), cancellationToken).ConfigureAwait(false);
        }
    }

    private static Task<T> RunAsync<T>(string doing, Func<Task<T>> call, CancellationToken cancellationToken) =>
        AzureContainer.RunAsync(doing, call, cancellationToken);

    private static SegmentPosition PlaceOf(StreamName stream, StreamHead head) => head == StreamHead.Empty
        ? SegmentPosition.Start
        : head.Version >= 1 && SegmentPosition.TryRead(head.Position, out var place) && place.Offset >= HashedLine.TailLength
            ? place
            : throw Conflict(stream, head);

    private static StorageException Conflict(StreamName stream, StreamHead head) => new(
        StorageError.Conflict, $"The stream {stream} does not end, or has no line, at version {head.Version}, {Where(head)}.");

    private static StorageException Damaged(StreamName stream, StreamHead verified) => new(
        StorageError.Damaged,
        $"The stream {stream} is damaged: version {verified.Version + 1}, {Where(verified)}, does not verify. Nothing was "
        + "changed. Put this stream's blobs back from a backup.");

    private static string Where(StreamHead head) => SegmentPosition.TryRead(head.Position, out var place)
        ? $"segment {place.Segment}, byte {place.Offset}"
        : "nowhere";
}

using System.Buffers;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Vault.Storage.Lines;

namespace Vault.Storage.Local;

/// <summary>
/// Streams as files of lines (<see cref="EventLine"/>) in a local directory; a position is a byte offset in the file.
/// </summary>
/// <remarks>
/// <para>An append writes one line behind the expected position and waits until it is synced, see <see cref="SyncRounds"/>. A crash can leave a part of that
/// line: a last line without its break is torn, readers pass over it, and the next append cuts it. It was never
/// acknowledged. Whatever else does not verify is damage.</para>
/// <para>A read syncs the file first: a process killed between writing and syncing leaves a line that its successor
/// sees and acts on, so it must be as durable as an acknowledged one.</para>
/// <para>No file stays open between calls: opening costs microseconds beside a sync, and there may be a hundred
/// thousand streams.</para>
/// </remarks>
public sealed class LocalEventLog : IEventLog
{
    private const int ReadSize = 64 * 1024;

    private readonly LocalDataFolder _folder;
    private readonly KeyedLock<StreamName> _locks = new();

    /// <summary>Keeps its streams in a folder that the caller disposes after the last call.</summary>
    public LocalEventLog(LocalDataFolder folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        _folder = folder;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredEvent> ReadAsync(
        StreamName stream, StreamHead from, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        stream.RequireNamed(nameof(stream));
        var doing = $"read the stream {stream}";
        using var opened = await OpenAsync(stream, from, doing, cancellationToken).ConfigureAwait(false);
        if (opened is null)
        {
            yield break;
        }

        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var head = from;
        var buffer = ArrayPool<byte>.Shared.Rent(ReadSize);
        var filled = 0; // buffer[..filled] are the file's bytes from head.Position on
        try
        {
            while (head.Position < opened.End)
            {
                var room = (int)Math.Min(buffer.Length - filled, opened.End - head.Position - filled);
                var read = await ReadAsync(opened.File, buffer.AsMemory(filled, room), head.Position + filled, doing,
                    cancellationToken).ConfigureAwait(false);
                filled += read;
                var start = 0;
                for (int length; (length = buffer.AsSpan(start, filled - start).IndexOf((byte)'\n')) >= 0;)
                {
                    var stored = EventLine.Parse(buffer.AsSpan(start, length), head, sha)
                        ?? throw Damaged(stream, head);
                    start += length + 1;
                    head = stored.Head;
                    yield return stored;
                }

                // End is behind a line break, so bytes that stop coming or outgrow a line are no line of ours.
                if (start == 0 && (read == 0 || filled > EventLine.MaxLength))
                {
                    throw Damaged(stream, head);
                }

                buffer = KeepRest(buffer, start, ref filled);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        if (!opened.TailIsTorn)
        {
            throw Damaged(stream, head);
        }
    }

    /// <inheritdoc/>
    public async Task<StreamHead> AppendAsync(
        StreamName stream, StreamHead expected, NewEvent newEvent, CancellationToken cancellationToken)
    {
        stream.RequireNamed(nameof(stream));
        ArgumentNullException.ThrowIfNull(newEvent);
        EventLine.RequireValid(stream, newEvent);
        var doing = $"append to the stream {stream}";
        using var turn = await _locks.EnterAsync(stream, cancellationToken).ConfigureAwait(false);
        using var written = await LocalFile.RunAsync(
            doing, () => Write(stream, expected, newEvent), cancellationToken).ConfigureAwait(false);
        try
        {
            await _folder.Rounds.SyncAsync(doing, written.Sync).ConfigureAwait(false);
            return written.Head;
        }
        catch (StorageException)
        {
            await LocalFile.RunAsync(doing, () => TakeBack(written.File, expected), CancellationToken.None)
                .ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<StoredSnapshot?> ReadSnapshotAsync(StreamName stream, CancellationToken cancellationToken)
    {
        stream.RequireNamed(nameof(stream));
        using var turn = await _locks.EnterAsync(stream, cancellationToken).ConfigureAwait(false);
        return await LocalFile.RunAsync(
            $"read the snapshot of the stream {stream}", () => ReadSnapshot(stream), cancellationToken)
            .ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task WriteSnapshotAsync(
        StreamName stream, StoredSnapshot snapshot, CancellationToken cancellationToken)
    {
        stream.RequireNamed(nameof(stream));
        ArgumentNullException.ThrowIfNull(snapshot);
        SnapshotLine.RequireValid(stream, snapshot);
        using var turn = await _locks.EnterAsync(stream, cancellationToken).ConfigureAwait(false);
        await LocalFile.RunAsync(
            $"write a snapshot of the stream {stream}", () => WriteSnapshot(stream, snapshot), cancellationToken)
            .ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task DeleteAsync(StreamName stream, CancellationToken cancellationToken)
    {
        stream.RequireNamed(nameof(stream));
        using var turn = await _locks.EnterAsync(stream, cancellationToken).ConfigureAwait(false);
        await LocalFile.RunAsync($"delete the stream {stream}", () => Delete(stream), cancellationToken)
            .ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<StreamName> ListAsync(string category, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(category);
        StreamName.RequireSegment(category, nameof(category));
        return Background.EnumerateAsync(
            $"list the streams of {category}", () => List(category), cancellationToken);
    }

    private async Task<OpenedStream?> OpenAsync(
        StreamName stream, StreamHead from, string doing, CancellationToken cancellationToken)
    {
        // Under the lock nobody writes, so the last line break found here stays: what lies before it never changes.
        using var turn = await _locks.EnterAsync(stream, cancellationToken).ConfigureAwait(false);
        return await LocalFile.RunAsync(doing, () => Open(stream, from), cancellationToken).ConfigureAwait(false);
    }

    private OpenedStream? Open(StreamName stream, StreamHead from)
    {
        var file = LocalFile.OpenExisting(PathOf(stream), FileAccess.ReadWrite);
        if (file is null)
        {
            return from == StreamHead.Empty ? null : throw Conflict(stream, from);
        }

        try
        {
            RandomAccess.FlushToDisk(file);
            var length = RandomAccess.GetLength(file);
            var end = StreamFile.EndOfLines(file, length);
            return StreamFile.Contains(file, from, end ?? length)
                ? new OpenedStream(file, end ?? length, end is not null && StreamFile.IsTorn(file, end.Value, length))
                : throw Conflict(stream, from);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Writes the line, not synced yet.</summary>
    private WrittenLine Write(StreamName stream, StreamHead expected, NewEvent newEvent)
    {
        var path = PathOf(stream);
        var isFirst = expected == StreamHead.Empty;
        if (isFirst)
        {
            _folder.EnsureDurable(Path.GetDirectoryName(path)!); // a file in a folder of ours
        }

        var file = isFirst
            ? File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, LocalFile.Shared)
            : LocalFile.OpenExisting(path, FileAccess.ReadWrite) ?? throw Conflict(stream, expected);
        try
        {
            var length = RandomAccess.GetLength(file);
            if (!StreamFile.Contains(file, expected, length))
            {
                throw Conflict(stream, expected);
            }

            if (length > expected.Position)
            {
                CutTornLine(stream, file, expected, length);
            }

            var line = EventLine.Encode(expected, newEvent, out var head);
            try
            {
                RandomAccess.Write(file, line, expected.Position);
            }
            catch (Exception error) when (LocalFile.IsFailure(error))
            {
                TakeBack(file, expected);
                throw;
            }

            return new WrittenLine(file, isFirst ? Path.GetDirectoryName(path) : null, head);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static void CutTornLine(StreamName stream, SafeFileHandle file, StreamHead expected, long length)
    {
        var end = StreamFile.EndOfLines(file, length);
        if (end > expected.Position)
        {
            throw Conflict(stream, expected);
        }

        if (end is null || !StreamFile.IsTorn(file, expected.Position, length))
        {
            throw Damaged(stream, expected);
        }

        RandomAccess.SetLength(file, expected.Position);
    }

    /// <summary>
    /// After a failed write nobody knows what the disk has. Cut back, the stream is as before; should that fail too,
    /// the next reader finds a torn line or a whole one, syncs it, and believes it or reports the disk.
    /// </summary>
    private static void TakeBack(SafeFileHandle file, StreamHead expected)
    {
        try
        {
            RandomAccess.SetLength(file, expected.Position);
            RandomAccess.FlushToDisk(file);
        }
        catch (IOException)
        {
            // The first failure is the one to report, and the caller reads again either way.
        }
    }

    private StoredSnapshot? ReadSnapshot(StreamName stream)
    {
        using var snapshotFile = LocalFile.OpenExisting(SnapshotPathOf(stream), FileAccess.Read);
        using var streamFile = LocalFile.OpenExisting(PathOf(stream), FileAccess.Read);
        if (snapshotFile is null || streamFile is null)
        {
            return null;
        }

        var length = RandomAccess.GetLength(snapshotFile);
        if (length > SnapshotLine.MaxLength)
        {
            return null;
        }

        var bytes = new byte[length];
        return LocalFile.ReadUpTo(snapshotFile, bytes, 0) == length
            && SnapshotLine.Parse(bytes) is { } snapshot
            && StreamFile.Contains(streamFile, snapshot.Head, RandomAccess.GetLength(streamFile))
            ? snapshot
            : null;
    }

    private void WriteSnapshot(StreamName stream, StoredSnapshot snapshot)
    {
        var path = SnapshotPathOf(stream);
        var shard = Path.GetDirectoryName(path)!; // a file in a folder of ours
        _folder.EnsureDurable(shard);
        var temporary = _folder.NewTemporary();
        LocalFile.WriteNew(temporary, SnapshotLine.Encode(snapshot));
        try
        {
            LocalFile.MoveDurably(temporary, path, shard);
        }
        catch
        {
            LocalFile.DeleteIfPossible(temporary);
            throw;
        }
    }

    private void Delete(StreamName stream)
    {
        var path = PathOf(stream);
        var shard = Path.GetDirectoryName(path)!; // a file in a folder of ours
        if (Directory.Exists(shard))
        {
            File.Delete(SnapshotPathOf(stream));
            File.Delete(path);
            LocalFile.SyncDirectory(shard);
        }
    }

    private IEnumerable<StreamName> List(string category)
    {
        foreach (var path in LocalFile.EnumerateFiles(Path.Combine(_folder.Streams, category), "*.jsonl"))
        {
            var id = Path.GetFileNameWithoutExtension(path);
            if (StreamName.IsSegment(id))
            {
                yield return StreamName.Create(category, id);
            }
        }
    }

    private string PathOf(StreamName stream) => Path.Combine(
        _folder.Streams, stream.Category, LocalDataFolder.Shard(stream.Id), stream.Id + ".jsonl");

    private string SnapshotPathOf(StreamName stream) => Path.ChangeExtension(PathOf(stream), ".snapshot.json");

    private static async ValueTask<int> ReadAsync(
        SafeFileHandle file, Memory<byte> buffer, long offset, string doing, CancellationToken cancellationToken)
    {
        try
        {
            return await RandomAccess.ReadAsync(file, buffer, offset, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (LocalFile.IsFailure(error))
        {
            throw LocalFile.Unavailable(doing, error);
        }
    }

    /// <summary>Moves the unread bytes to the front and makes room behind them.</summary>
    private static byte[] KeepRest(byte[] buffer, int start, ref int filled)
    {
        var rest = buffer.AsSpan(start, filled - start);
        filled = rest.Length;
        if (filled < buffer.Length / 2)
        {
            rest.CopyTo(buffer);
            return buffer;
        }

        var larger = ArrayPool<byte>.Shared.Rent(2 * buffer.Length);
        rest.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }

    private static StorageException Conflict(StreamName stream, StreamHead head) => new(
        StorageError.Conflict,
        $"The stream {stream} does not end, or has no line, at version {head.Version}, byte {head.Position}.");

    private static StorageException Damaged(StreamName stream, StreamHead verified) => new(
        StorageError.Damaged,
        $"The stream {stream} is damaged: version {verified.Version + 1}, at byte {verified.Position}, does not "
        + "verify. Nothing was changed. Put this stream's file back from a backup, and check the disk.");

    /// <param name="File">Owned.</param>
    /// <param name="Folder">The file's, where its entry may not be durable yet: that of a first line.</param>
    /// <param name="Head">With the line.</param>
    private sealed record WrittenLine(SafeFileHandle File, string? Folder, StreamHead Head) : IDisposable
    {
        /// <summary>The entry before the line, even where a crash came between making the one and writing the other.</summary>
        public void Sync()
        {
            if (Folder is not null)
            {
                LocalFile.SyncDirectory(Folder);
            }

            RandomAccess.FlushToDisk(File);
        }

        public void Dispose() => File.Dispose();
    }

    /// <param name="File">Owned.</param>
    /// <param name="End">Where the last whole line ends; the bytes before it do not change any more.</param>
    /// <param name="TailIsTorn">Whether what follows is nothing, or an append that a crash cut off.</param>
    private sealed record OpenedStream(SafeFileHandle File, long End, bool TailIsTorn) : IDisposable
    {
        public void Dispose() => File.Dispose();
    }
}

using System.Security.Cryptography;

namespace Vault.Storage;

/// <summary>Everything that a vault keeps, on one backend.</summary>
/// <param name="Events">The streams.</param>
/// <param name="Accounts">Blobs for silos only.</param>
/// <param name="Content">Blobs that gateways have too.</param>
public sealed record StorePlace(IEventLog Events, IBlobStore Accounts, IBlobStore Content);

/// <summary>What was copied and compared, or found to be there already.</summary>
public sealed record StoreCopyResult(long Streams, long Events, long Blobs, long Bytes);

/// <summary>
/// Copies a whole store into an empty one, on whatever backends. Streams keep every byte of their events and so their hash
/// chain; blobs are read back and compared. While it is under way nobody may write to either.
/// </summary>
/// <remarks>
/// A mark in the target, made first and deleted last, says that it is not whole. A copy that was cut off goes on there: what
/// is there is compared, what is missing is added, and anything else is a conflict.
/// </remarks>
public sealed class StoreCopy(StorePlace source, StorePlace target, IReadOnlyList<string> categories)
{
    private const int AtOnce = 8;
    private const int PartLength = 4 * 1024 * 1024;

    private static readonly BlobName Mark = BlobName.Create("transfer", "unfinished");

    private long _streams;
    private long _events;
    private long _blobs;
    private long _bytes;

    /// <summary>Whether a store is the target of a copy that was not finished, and so of no use to anybody else.</summary>
    /// <exception cref="StorageException"><see cref="StorageError.Unavailable"/>: the store cannot be read.</exception>
    public static async Task<bool> IsUnfinishedAsync(StorePlace place, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(place);
        return await place.Accounts.LengthAsync(Mark, cancellationToken).ConfigureAwait(false) is not null;
    }

    /// <summary>Copies, or goes on.</summary>
    /// <exception cref="StorageException">
    /// <see cref="StorageError.Conflict"/>: the target has something else. <see cref="StorageError.Damaged"/>: a stream of the
    /// source does not verify, or a copied blob does not read back as it was. <see cref="StorageError.Unavailable"/>: a
    /// backend failed; run it again.
    /// </exception>
    public async Task<StoreCopyResult> RunAsync(CancellationToken cancellationToken)
    {
        if (await IsUnfinishedAsync(source, cancellationToken).ConfigureAwait(false))
        {
            throw new StorageException(StorageError.Conflict, "The source is itself the target of a copy that was not finished.");
        }

        await BeginAsync(cancellationToken).ConfigureAwait(false);
        foreach (var category in categories)
        {
            await ForEachAsync(source.Events.ListAsync(category, cancellationToken), CopyStreamAsync, cancellationToken)
                .ConfigureAwait(false);
        }

        await ForEachAsync(source.Accounts.ListAllAsync(cancellationToken), (entry, stop) =>
            CopyBlobAsync(source.Accounts, target.Accounts, entry, stop), cancellationToken).ConfigureAwait(false);
        await ForEachAsync(source.Content.ListAllAsync(cancellationToken), (entry, stop) =>
            CopyBlobAsync(source.Content, target.Content, entry, stop), cancellationToken).ConfigureAwait(false);
        await target.Accounts.DeleteAsync(Mark, cancellationToken).ConfigureAwait(false);
        return new StoreCopyResult(_streams, _events, _blobs, _bytes);
    }

    private static Task ForEachAsync<T>(
        IAsyncEnumerable<T> entries, Func<T, CancellationToken, Task> copy, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(
            entries,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (entry, stop) => await copy(entry, stop).ConfigureAwait(false));

    private async Task BeginAsync(CancellationToken cancellationToken)
    {
        if (await IsUnfinishedAsync(target, cancellationToken).ConfigureAwait(false))
        {
            return;
        }

        var isEmpty = await IsEmptyAsync(target.Accounts.ListAllAsync(cancellationToken)).ConfigureAwait(false)
            && await IsEmptyAsync(target.Content.ListAllAsync(cancellationToken)).ConfigureAwait(false);
        foreach (var category in categories)
        {
            isEmpty = isEmpty && await IsEmptyAsync(target.Events.ListAsync(category, cancellationToken)).ConfigureAwait(false);
        }

        if (!isEmpty)
        {
            throw new StorageException(
                StorageError.Conflict, "The target is not empty: a store is only copied into an empty one, never over another.");
        }

        await target.Accounts.CreateAsync(Mark, default, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<bool> IsEmptyAsync<T>(IAsyncEnumerable<T> entries)
    {
        await foreach (var entry in entries.ConfigureAwait(false))
        {
            return false;
        }

        return true;
    }

    /// <summary>The same events at the same versions with the same hashes; a snapshot with the target's own positions.</summary>
    private async Task CopyStreamAsync(StreamName stream, CancellationToken cancellationToken)
    {
        var snapshot = await source.Events.ReadSnapshotAsync(stream, cancellationToken).ConfigureAwait(false);
        var snapshotHead = StreamHead.Empty;
        var copied = target.Events.ReadAsync(stream, StreamHead.Empty, cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using (copied.ConfigureAwait(false))
        {
            var head = StreamHead.Empty;
            var isThere = true;
            await foreach (var stored in source.Events.ReadAsync(stream, StreamHead.Empty, cancellationToken).ConfigureAwait(false))
            {
                isThere = isThere && await copied.MoveNextAsync().ConfigureAwait(false);
                head = isThere
                    ? copied.Current.Head
                    : await target.Events.AppendAsync(
                        stream, head, new NewEvent(stored.Type, stored.Time, stored.Data), cancellationToken).ConfigureAwait(false);
                if (head.Version != stored.Version || head.Hash != stored.Hash)
                {
                    throw Other($"the stream {stream} at version {stored.Version}");
                }

                snapshotHead = head.Version == snapshot?.Head.Version ? head : snapshotHead;
                Interlocked.Increment(ref _events);
            }

            if (isThere && await copied.MoveNextAsync().ConfigureAwait(false))
            {
                throw Other($"the stream {stream} behind version {head.Version}");
            }
        }

        if (snapshot is not null && snapshotHead.Hash == snapshot.Head.Hash)
        {
            await target.Events.WriteSnapshotAsync(stream, snapshot with { Head = snapshotHead }, cancellationToken)
                .ConfigureAwait(false);
        }

        Interlocked.Increment(ref _streams);
    }

    private async Task CopyBlobAsync(IBlobStore from, IBlobStore to, BlobEntry entry, CancellationToken cancellationToken)
    {
        var length = await to.LengthAsync(entry.Name, cancellationToken).ConfigureAwait(false);
        if (length is null)
        {
            var parts = await StageAsync(from, to, entry, cancellationToken).ConfigureAwait(false);
            await to.CommitAsync(entry.Name, parts, cancellationToken).ConfigureAwait(false);
        }
        else if (length != entry.Length)
        {
            throw Other($"the blob {entry.Name}");
        }

        var expected = await HashAsync(from, entry, cancellationToken).ConfigureAwait(false);
        var found = await HashAsync(to, entry, cancellationToken).ConfigureAwait(false);
        if (!expected.AsSpan().SequenceEqual(found))
        {
            throw new StorageException(
                StorageError.Damaged, $"The blob {entry.Name} does not read back as it is in the source. Nothing was changed.");
        }

        Interlocked.Increment(ref _blobs);
        Interlocked.Add(ref _bytes, entry.Length);
    }

    private static async Task<IReadOnlyList<BlobPart>> StageAsync(
        IBlobStore from, IBlobStore to, BlobEntry entry, CancellationToken cancellationToken)
    {
        var parts = new List<BlobPart>();
        var buffer = new byte[(int)Math.Min(entry.Length, PartSize(entry.Length))];
        var stream = await OpenAsync(from, entry, cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            for (var offset = 0L; offset < entry.Length;)
            {
                var bytes = buffer.AsMemory(0, (int)Math.Min(buffer.Length, entry.Length - offset));
                await stream.ReadExactlyAsync(bytes, cancellationToken).ConfigureAwait(false);
                var part = new BlobPart(parts.Count, offset, bytes.Length, SHA256.HashData(bytes.Span));
                using var content = new MemoryStream(buffer, 0, bytes.Length, writable: false);
                await to.StagePartAsync(entry.Name, part, content, cancellationToken).ConfigureAwait(false);
                parts.Add(part);
                offset += bytes.Length;
            }
        }

        return parts;
    }

    // A blob has 50,000 parts at most on every backend.
    private static long PartSize(long length) => Math.Max(PartLength, (length / 40_000) + 1);

    private static async Task<byte[]> HashAsync(IBlobStore store, BlobEntry entry, CancellationToken cancellationToken)
    {
        var stream = await OpenAsync(store, entry, cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            return await SHA256.HashDataAsync(stream, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<Stream> OpenAsync(IBlobStore store, BlobEntry entry, CancellationToken cancellationToken) =>
        await store.OpenReadAsync(entry.Name, 0, entry.Length, cancellationToken).ConfigureAwait(false)
        ?? throw new StorageException(
            StorageError.Conflict, $"The blob {entry.Name} was deleted meanwhile: stop what writes to the store, and run this again.");

    private static StorageException Other(string what) => new(
        StorageError.Conflict, $"The target has other content than the source: {what}. Copy into an empty store.");
}

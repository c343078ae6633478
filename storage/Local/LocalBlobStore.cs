using Microsoft.Win32.SafeHandles;

namespace Vault.Storage.Local;

/// <summary>
/// Blobs as plain files in a local directory. A small blob is a temporary file, synced and renamed; a large one is
/// gathered in <see cref="LocalStaging"/> and renamed whole. A file under <c>blobs/</c> is therefore always complete.
/// </summary>
public sealed class LocalBlobStore : IBlobStore
{
    private readonly LocalDataFolder _folder;
    private readonly KeyedLock<BlobName> _locks = new();
    private readonly LocalStaging _staging;

    /// <summary>Keeps its blobs in a folder that the caller disposes after the last call.</summary>
    public LocalBlobStore(LocalDataFolder folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        _folder = folder;
        _staging = new LocalStaging(folder);
    }

    // A property, because the folder refuses it once it is disposed.
    private BlobPaths Paths => new(_folder.Blobs);

    /// <inheritdoc/>
    public async Task<bool> CreateAsync(
        BlobName name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        name.RequireNamed(nameof(name));
        using var turn = await _locks.EnterAsync(name, cancellationToken).ConfigureAwait(false);
        var doing = $"create the blob {name}";
        if (await LocalFile.RunAsync(doing, () => IsThereDurably(name), cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        await WriteAsync(name, content, doing, cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <inheritdoc/>
    public async Task ReplaceAsync(BlobName name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        name.RequireNamed(nameof(name));
        using var turn = await _locks.EnterAsync(name, cancellationToken).ConfigureAwait(false);
        await WriteAsync(name, content, $"replace the blob {name}", cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task<byte[]?> ReadAsync(BlobName name, int maxLength, CancellationToken cancellationToken)
    {
        name.RequireNamed(nameof(name));
        ArgumentOutOfRangeException.ThrowIfNegative(maxLength);
        return LocalFile.RunAsync($"read the blob {name}", () => Read(name, maxLength), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<Stream?> OpenReadAsync(BlobName name, long offset, long length, CancellationToken cancellationToken)
    {
        name.RequireNamed(nameof(name));
        return LocalFile.RunAsync<Stream?>(
            $"open the blob {name}", () => OpenRead(name, offset, length), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<long?> LengthAsync(BlobName name, CancellationToken cancellationToken)
    {
        name.RequireNamed(nameof(name));
        return LocalFile.RunAsync(
            $"look up the blob {name}",
            () => new FileInfo(Paths.PathOf(name)) is { Exists: true } file ? file.Length : (long?)null,
            cancellationToken);
    }

    /// <inheritdoc/>
    public int PartMemory(int length) => Math.Min(length, AlignedBuffer.Length);

    /// <inheritdoc/>
    public Task StagePartAsync(BlobName name, BlobPart part, Stream content, CancellationToken cancellationToken)
    {
        name.RequireNamed(nameof(name));
        ArgumentNullException.ThrowIfNull(part);
        ArgumentNullException.ThrowIfNull(content);
        part.RequireValid(nameof(part));
        return _staging.StageAsync(name, part, content, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<BlobPart>> StagedPartsAsync(BlobName name, CancellationToken cancellationToken)
    {
        name.RequireNamed(nameof(name));
        return _staging.ListPartsAsync(name, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task CommitAsync(
        BlobName name, IReadOnlyList<BlobPart> parts, CancellationToken cancellationToken)
    {
        name.RequireNamed(nameof(name));
        ArgumentNullException.ThrowIfNull(parts);
        var length = BlobParts.RequireWhole(parts);
        if (parts.Count == 0)
        {
            await this.PutAsync(name, ReadOnlyMemory<byte>.Empty, cancellationToken).ConfigureAwait(false);
            return;
        }

        // The upload is claimed before the name, so that waiting for writers keeps nobody from reading or deleting.
        using var claim = await _staging.ClaimForCommitAsync(name, parts, cancellationToken).ConfigureAwait(false);
        using var turn = await _locks.EnterAsync(name, cancellationToken).ConfigureAwait(false);
        await LocalFile.RunAsync(
            $"commit the blob {name}", () => Commit(name, parts, length, claim), cancellationToken)
            .ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task AbandonAsync(BlobName name, CancellationToken cancellationToken)
    {
        name.RequireNamed(nameof(name));
        return _staging.AbandonAsync(name, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task DeleteAsync(BlobName name, CancellationToken cancellationToken)
    {
        name.RequireNamed(nameof(name));
        using var turn = await _locks.EnterAsync(name, cancellationToken).ConfigureAwait(false);
        await LocalFile.RunAsync($"delete the blob {name}", () => Delete(name), cancellationToken)
            .ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task DeleteIfAsync(BlobName name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        name.RequireNamed(nameof(name));
        using var turn = await _locks.EnterAsync(name, cancellationToken).ConfigureAwait(false);
        await LocalFile.RunAsync(
            $"delete the blob {name}",
            () =>
            {
                if (new FileInfo(Paths.PathOf(name)) is not { Exists: true } file
                    || (file.Length == content.Length && content.Span.SequenceEqual(Read(name, content.Length))))
                {
                    Delete(name); // also where there is none: that must be durable too
                }
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task DeleteFolderAsync(BlobName folder, CancellationToken cancellationToken)
    {
        folder.RequireNamed(nameof(folder));
        await _staging.AbandonFolderAsync(folder, cancellationToken).ConfigureAwait(false);
        await foreach (var entry in ListAsync(folder, cancellationToken).ConfigureAwait(false))
        {
            await DeleteAsync(entry.Name, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<BlobEntry> ListAsync(BlobName folder, CancellationToken cancellationToken)
    {
        folder.RequireNamed(nameof(folder));
        return Background.EnumerateAsync(
            $"list the blobs of {folder}", () => List(Paths.PathOf(folder)), cancellationToken);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<BlobName> ListStagedAsync(BlobName folder, CancellationToken cancellationToken)
    {
        folder.RequireNamed(nameof(folder));
        return Background.EnumerateAsync($"list what is staged for {folder}", () => _staging.List(folder), cancellationToken);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<BlobEntry> ListAllAsync(CancellationToken cancellationToken) =>
        Background.EnumerateAsync("list the blobs", () => List(Paths.Root), cancellationToken);

    /// <summary>
    /// An answer that a blob exists must hold after a power cut, also when the call that created it failed in its last
    /// step, syncing the folder: so that step is done again.
    /// </summary>
    private bool IsThereDurably(BlobName name)
    {
        if (!File.Exists(Paths.PathOf(name)))
        {
            return false;
        }

        SyncName(name);
        return true;
    }

    /// <summary>Content first, then the name: whatever is visible is whole. Once it has begun it goes on to its end.</summary>
    private async Task WriteAsync(
        BlobName name, ReadOnlyMemory<byte> content, string doing, CancellationToken cancellationToken)
    {
        var temporary = _folder.NewTemporary();
        using (var file = await LocalFile.RunAsync(
            doing, () => LocalFile.WriteNewUnsynced(temporary, content.Span), cancellationToken).ConfigureAwait(false))
        {
            try
            {
                await _folder.Rounds.SyncAsync(doing, () => RandomAccess.FlushToDisk(file)).ConfigureAwait(false);
            }
            catch
            {
                LocalFile.DeleteIfPossible(temporary);
                throw;
            }
        }

        await LocalFile.RunAsync(
            doing,
            () =>
            {
                try
                {
                    GiveName(name, temporary);
                }
                catch
                {
                    LocalFile.DeleteIfPossible(temporary);
                    throw;
                }
            },
            CancellationToken.None).ConfigureAwait(false);
        await _folder.Rounds.SyncAsync(doing, () => SyncName(name)).ConfigureAwait(false);
    }

    private void GiveName(BlobName name, string source)
    {
        var path = Paths.PathOf(name);
        try
        {
            _folder.EnsureDurable(Paths.ShardOf(name));
            LocalFile.Move(source, path);
        }
        catch (Exception error) when (LocalFile.IsFailure(error) && IsNested(name))
        {
            throw new StorageException(
                StorageError.Conflict, $"The blob {name} cannot lie above or beneath another blob.", error);
        }
    }

    private void SyncName(BlobName name) =>
        LocalFile.SyncDirectories(Path.GetDirectoryName(Paths.PathOf(name))!, Paths.ShardOf(name)); // a file in a folder of ours

    private bool IsNested(BlobName name)
    {
        var path = Paths.PathOf(name);
        if (Directory.Exists(path))
        {
            return true;
        }

        while (path.Length > Paths.Root.Length)
        {
            path = Path.GetDirectoryName(path)!; // the root is above: never null
            if (File.Exists(path))
            {
                return true;
            }
        }

        return false;
    }

    private byte[]? Read(BlobName name, int maxLength)
    {
        using var file = LocalFile.OpenExisting(Paths.PathOf(name), FileAccess.Read);
        if (file is null)
        {
            return null;
        }

        var length = RandomAccess.GetLength(file);
        if (length > maxLength)
        {
            throw new StorageException(
                StorageError.TooLarge, $"The blob {name} has {length} bytes, more than the {maxLength} asked for.");
        }

        var content = new byte[length];
        return LocalFile.ReadUpTo(file, content, 0) == length
            ? content
            : throw new StorageException(StorageError.Damaged, $"The blob {name} became shorter while it was read.");
    }

    private RangeStream? OpenRead(BlobName name, long offset, long length)
    {
        var file = LocalFile.OpenExisting(Paths.PathOf(name), FileAccess.Read);
        if (file is null)
        {
            return null;
        }

        try
        {
            BlobParts.RequireRange(name, offset, length, RandomAccess.GetLength(file));
            return new RangeStream(name, file, offset, length);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private void Commit(BlobName name, IReadOnlyList<BlobPart> parts, long length, CommitClaim claim)
    {
        if (IsThereDurably(name))
        {
            if (!HasContent(name, parts, length))
            {
                throw new StorageException(StorageError.Conflict, $"The blob {name} exists with other content.");
            }
        }
        else
        {
            GiveName(name, claim.Complete(length));
            SyncName(name);
        }

        claim.Discard();
    }

    private bool HasContent(BlobName name, IReadOnlyList<BlobPart> parts, long length)
    {
        using SafeFileHandle? file = LocalFile.OpenExisting(Paths.PathOf(name), FileAccess.Read);
        return file is not null && RandomAccess.GetLength(file) == length
            && parts.All(part => PartContent.IsIn(file, part));
    }

    private void Delete(BlobName name)
    {
        var path = Paths.PathOf(name);
        var shard = Paths.ShardOf(name);
        if (!Directory.Exists(shard))
        {
            return;
        }

        var folder = Path.GetDirectoryName(path)!; // a file in a folder of ours
        if (File.Exists(path))
        {
            File.Delete(path);
        }

        LocalFile.SyncNearest(folder, shard);
        LocalFile.Prune(folder, shard);
    }

    private IEnumerable<BlobEntry> List(string folder)
    {
        foreach (var path in LocalFile.EnumerateFiles(folder, "*"))
        {
            if (Paths.TryNameOf(path, out var name) && new FileInfo(path) is { Exists: true } file)
            {
                yield return new BlobEntry(name, file.Length);
            }
        }
    }
}

using System.Runtime.CompilerServices;
using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace Vault.Storage.Azure;

/// <summary>
/// Blobs as block blobs. A small one is written in one call; the parts of a large one are blocks of it, which nobody sees
/// until the list of them is committed.
/// </summary>
/// <remarks>
/// <para>A block's id says which part it is and which hash its bytes were found to have (<see cref="PartBlock"/>), so what
/// is staged, and what a committed blob is made of, can be asked of the service by any process.</para>
/// <para>Beyond the contract: what is staged under a name goes with the blob of that name when it is deleted or replaced,
/// and the service drops what was not committed within a week. A stream that was opened reads on only as far as it has
/// come when its blob is deleted or replaced: then it reports that, and never gives other bytes.</para>
/// </remarks>
public sealed class AzureBlobStore : IBlobStore
{
    private const string Root = "blobs/";
    private const string Writer = "writer";

    private readonly AzureContainer _container;
    private readonly AzureStaging _staging;

    /// <summary>Keeps its blobs in a container that the caller disposes after the last call.</summary>
    public AzureBlobStore(AzureContainer container)
    {
        ArgumentNullException.ThrowIfNull(container);
        _container = container;
        _staging = new AzureStaging(BlobOf);
    }

    /// <inheritdoc/>
    public Task<bool> CreateAsync(BlobName name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        name.RequireNamed(nameof(name));
        return RunAsync($"create the blob {name}", () => CreateOnceAsync(name, content, cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public Task ReplaceAsync(BlobName name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        name.RequireNamed(nameof(name));
        return RunAsync(
            $"replace the blob {name}",
            () => UploadAsync(name, content, new BlobUploadOptions(), cancellationToken),
            cancellationToken);
    }

    /// <inheritdoc/>
    public Task<byte[]?> ReadAsync(BlobName name, int maxLength, CancellationToken cancellationToken)
    {
        name.RequireNamed(nameof(name));
        ArgumentOutOfRangeException.ThrowIfNegative(maxLength);
        return RunAsync($"read the blob {name}", () => ReadWholeAsync(name, maxLength, cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<Stream?> OpenReadAsync(BlobName name, long offset, long length, CancellationToken cancellationToken)
    {
        name.RequireNamed(nameof(name));
        return RunAsync($"open the blob {name}", () => OpenAsync(name, offset, length, cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<long?> LengthAsync(BlobName name, CancellationToken cancellationToken)
    {
        name.RequireNamed(nameof(name));
        return RunAsync(
            $"look up the blob {name}",
            async () => (await BlobOf(name).FindPropertiesAsync(cancellationToken).ConfigureAwait(false))?.ContentLength,
            cancellationToken);
    }

    /// <inheritdoc/>
    public int PartMemory(int length) => length; // sent only once its hash was compared

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
        return RunAsync(
            $"read what is staged for the blob {name}",
            () => _staging.ListPartsAsync(name, cancellationToken),
            cancellationToken);
    }

    /// <inheritdoc/>
    public async Task CommitAsync(BlobName name, IReadOnlyList<BlobPart> parts, CancellationToken cancellationToken)
    {
        name.RequireNamed(nameof(name));
        ArgumentNullException.ThrowIfNull(parts);
        var length = BlobParts.RequireWhole(parts);
        if (parts.Count == 0)
        {
            await this.PutAsync(name, ReadOnlyMemory<byte>.Empty, cancellationToken).ConfigureAwait(false);
            return;
        }

        await RunAsync(
            $"commit the blob {name}",
            () => _staging.CommitAsync(name, parts, length, cancellationToken),
            cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task AbandonAsync(BlobName name, CancellationToken cancellationToken)
    {
        name.RequireNamed(nameof(name));
        return RunAsync(
            $"drop the parts of the blob {name}", () => _staging.AbandonAsync(name, cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public Task DeleteAsync(BlobName name, CancellationToken cancellationToken)
    {
        name.RequireNamed(nameof(name));
        return DeleteIfThereAsync(name, cancellationToken);
    }

    /// <inheritdoc/>
    public Task DeleteIfAsync(BlobName name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        name.RequireNamed(nameof(name));
        return RunAsync($"delete the blob {name}", () => BlobOf(name).DeleteIfHasAsync(content, cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task DeleteFolderAsync(BlobName folder, CancellationToken cancellationToken)
    {
        const int AtOnce = 8;
        folder.RequireNamed(nameof(folder));
        await Parallel.ForEachAsync(
            ListAsync($"{folder}/", BlobStates.Uncommitted, cancellationToken),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (entry, stop) =>
            {
                if (!await DeleteIfThereAsync(entry.Name, stop).ConfigureAwait(false))
                {
                    await AbandonAsync(entry.Name, stop).ConfigureAwait(false); // it was nothing but parts
                }
            }).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<BlobEntry> ListAsync(BlobName folder, CancellationToken cancellationToken)
    {
        folder.RequireNamed(nameof(folder));
        return ListAsync($"{folder}/", BlobStates.None, cancellationToken);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<BlobName> ListStagedAsync(
        BlobName folder, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // The service lists both kinds together and does not say which is which. First those that are whole: one that
        // becomes so meanwhile is named though it is none, and stays when it is abandoned.
        folder.RequireNamed(nameof(folder));
        var whole = new HashSet<BlobName>();
        await foreach (var entry in ListAsync(folder, cancellationToken).ConfigureAwait(false))
        {
            whole.Add(entry.Name);
        }

        await foreach (var entry in ListAsync($"{folder}/", BlobStates.Uncommitted, cancellationToken).ConfigureAwait(false))
        {
            if (!whole.Contains(entry.Name))
            {
                yield return entry.Name;
            }
        }
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<BlobEntry> ListAllAsync(CancellationToken cancellationToken) =>
        ListAsync("", BlobStates.None, cancellationToken);

    private BlockBlobClient BlobOf(BlobName name) => _container.Client.GetBlockBlobClient(Root + name);

    private async IAsyncEnumerable<BlobEntry> ListAsync(
        string folder, BlobStates states, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var blobs = _container.Client.GetBlobsAsync(BlobTraits.None, states, $"{Root}{folder}", cancellationToken);
        await foreach (var blob in AzureContainer.EnumerateAsync($"list the blobs of '{folder}'", blobs, cancellationToken)
            .ConfigureAwait(false))
        {
            if (BlobName.TryParse(blob.Name[Root.Length..], out var name))
            {
                yield return new BlobEntry(name, blob.Properties.ContentLength ?? 0);
            }
        }
    }

    /// <summary>The writer's own mark tells a name that was taken from a creation whose answer was lost.</summary>
    private async Task<bool> CreateOnceAsync(BlobName name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var mark = Guid.NewGuid().ToString("N");
        var options = new BlobUploadOptions
        {
            Conditions = new BlobRequestConditions { IfNoneMatch = ETag.All },
            Metadata = new Dictionary<string, string> { [Writer] = mark },
        };
        try
        {
            return await UploadAsync(name, content, options, cancellationToken).ConfigureAwait(false);
        }
        catch (RequestFailedException error) when (error.ErrorCode == BlobErrorCode.BlobAlreadyExists)
        {
            var found = await BlobOf(name).FindPropertiesAsync(cancellationToken).ConfigureAwait(false);
            return found is not null && found.Metadata.TryGetValue(Writer, out var writer) && writer == mark;
        }
    }

    private async Task<bool> UploadAsync(
        BlobName name, ReadOnlyMemory<byte> content, BlobUploadOptions options, CancellationToken cancellationToken)
    {
        using var stream = new MemoryStream(content.ToArray(), writable: false);
        await BlobOf(name).UploadAsync(stream, options, cancellationToken).ConfigureAwait(false);
        return true;
    }

    private async Task<byte[]?> ReadWholeAsync(BlobName name, int maxLength, CancellationToken cancellationToken)
    {
        try
        {
            using var read = (await BlobOf(name).DownloadStreamingAsync(cancellationToken: cancellationToken)
                .ConfigureAwait(false)).Value;
            if (read.Details.ContentLength > maxLength)
            {
                throw new StorageException(
                    StorageError.TooLarge,
                    $"The blob {name} has {read.Details.ContentLength} bytes, more than the {maxLength} asked for.");
            }

            var content = new byte[read.Details.ContentLength];
            await read.Content.ReadExactlyAsync(content, cancellationToken).ConfigureAwait(false);
            return content;
        }
        catch (RequestFailedException error) when (AzureContainer.IsMissing(error))
        {
            return null;
        }
    }

    private async Task<Stream?> OpenAsync(BlobName name, long offset, long length, CancellationToken cancellationToken)
    {
        if (offset < 0 || length < 1 || length > long.MaxValue - offset)
        {
            // The service knows no empty ranges, and no senseless ones.
            if (await BlobOf(name).FindPropertiesAsync(cancellationToken).ConfigureAwait(false) is not { } found)
            {
                return null;
            }

            BlobParts.RequireRange(name, offset, length, found.ContentLength);
            return Stream.Null;
        }

        try
        {
            var options = new BlobDownloadOptions { Range = new HttpRange(offset, length) };
            var opened = (await BlobOf(name).DownloadStreamingAsync(options, cancellationToken).ConfigureAwait(false)).Value;
            if (opened.Details.ContentLength == length)
            {
                return new DownloadStream(name, opened);
            }

            opened.Dispose();
            throw Outside(name, offset, length);
        }
        catch (RequestFailedException error) when (AzureContainer.IsMissing(error))
        {
            return null;
        }
        catch (RequestFailedException error) when (error.Status == 416)
        {
            throw Outside(name, offset, length);
        }
    }

    private Task<bool> DeleteIfThereAsync(BlobName name, CancellationToken cancellationToken) => RunAsync(
        $"delete the blob {name}",
        () => BlobOf(name).DeleteIfThereAsync(null, cancellationToken),
        cancellationToken);

    private static Task<T> RunAsync<T>(string doing, Func<Task<T>> call, CancellationToken cancellationToken) =>
        AzureContainer.RunAsync(doing, call, cancellationToken);

    private static StorageException Outside(BlobName name, long offset, long length) => new(
        StorageError.InvalidRange, $"{length} bytes from {offset} reach outside the blob {name}.");
}

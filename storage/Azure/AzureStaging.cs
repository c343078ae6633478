using System.Buffers;
using System.Security.Cryptography;
using Azure;
using Azure.Storage;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace Vault.Storage.Azure;

/// <summary>Gathers large blobs part by part until they are committed: each part is a block of its own.</summary>
/// <remarks>
/// A part is held in memory until its hash was compared and it was sent: only then does the service hear of it, with the
/// MD5 of the bytes so that it can tell whether it received the same.
/// </remarks>
internal sealed class AzureStaging(Func<BlobName, BlockBlobClient> blobOf)
{
    // Marks the empty blob that an abandonment makes on its way.
    private const string Abandoned = "abandoned";

    private readonly Restaging _restaging = new();

    internal async Task StageAsync(BlobName name, BlobPart part, Stream content, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(part.Length + 1);
        try
        {
            var md5 = await ReceiveAsync(name, part, content, buffer, cancellationToken).ConfigureAwait(false);
            var mayBeStaged = _restaging.Note(name, part);
            await AzureContainer.RunAsync(
                $"stage part {part.Index} of the blob {name}",
                async () => (mayBeStaged && await IsStagedAsync(name, part, cancellationToken).ConfigureAwait(false))
                    || await SendAsync(name, part, buffer, md5, cancellationToken).ConfigureAwait(false),
                cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    internal async Task<IReadOnlyList<BlobPart>> ListPartsAsync(BlobName name, CancellationToken cancellationToken)
    {
        var blocks = await blobOf(name).FindBlocksAsync(BlockListTypes.Uncommitted, cancellationToken).ConfigureAwait(false);
        return blocks is null ? [] : [.. PartBlock.Latest(blocks.UncommittedBlocks).Select(block => block.Part)];
    }

    internal async Task<bool> CommitAsync(
        BlobName name, IReadOnlyList<BlobPart> parts, long length, CancellationToken cancellationToken)
    {
        var blob = blobOf(name);
        var blocks = await blob.FindBlocksAsync(BlockListTypes.Uncommitted, cancellationToken).ConfigureAwait(false);
        var staged = PartBlock.Latest(blocks?.UncommittedBlocks ?? []).ToDictionary(block => block.Part);
        var missing = parts.Where(part => !staged.ContainsKey(part)).Select(part => part.Index).ToArray();
        if (missing.Length > 0)
        {
            return await IsCommittedAsync(name, parts, length, cancellationToken).ConfigureAwait(false)
                ? true
                : throw BlobParts.Missing(name, missing);
        }

        try
        {
            await blob.CommitBlockListAsync(
                parts.Select(part => staged[part].Id),
                new CommitBlockListOptions { Conditions = new BlobRequestConditions { IfNoneMatch = ETag.All } },
                cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (RequestFailedException error) when (error.Status is 409 or 412 || error.ErrorCode == BlobErrorCode.InvalidBlockList)
        {
            // Committed by another, or by an attempt whose answer was lost; or dropped meanwhile.
            return await IsCommittedAsync(name, parts, length, cancellationToken).ConfigureAwait(false)
                ? true
                : throw BlobParts.Missing(name, [.. parts.Select(part => part.Index)]);
        }
    }

    /// <summary>
    /// The service forgets blocks when a list without them is committed: an empty one, and the blob that it makes is
    /// deleted at once. Should that be cut off, the mark tells the next attempt that this is no blob of anybody's.
    /// </summary>
    internal async Task<bool> AbandonAsync(BlobName name, CancellationToken cancellationToken)
    {
        var blob = blobOf(name);
        ETag state;
        if (await blob.FindPropertiesAsync(cancellationToken).ConfigureAwait(false) is { } found)
        {
            if (!found.Metadata.ContainsKey(Abandoned))
            {
                return false;
            }

            state = found.ETag;
        }
        else if (await blob.FindBlocksAsync(BlockListTypes.Uncommitted, cancellationToken).ConfigureAwait(false)
            is not { } blocks || !blocks.UncommittedBlocks.Any())
        {
            return false;
        }
        else
        {
            try
            {
                state = (await blob.CommitBlockListAsync(
                    [],
                    new CommitBlockListOptions
                    {
                        Conditions = new BlobRequestConditions { IfNoneMatch = ETag.All },
                        Metadata = new Dictionary<string, string> { [Abandoned] = "true" },
                    },
                    cancellationToken).ConfigureAwait(false)).Value.ETag;
            }
            catch (RequestFailedException error) when (error.ErrorCode == BlobErrorCode.BlobAlreadyExists)
            {
                return false; // committed meanwhile: it stays
            }
        }

        return await blob.DeleteIfThereAsync(new BlobRequestConditions { IfMatch = state }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Fills the buffer with the part's bytes, compares their hash, and answers their MD5.</summary>
    private static async Task<byte[]> ReceiveAsync(
        BlobName name, BlobPart part, Stream content, byte[] buffer, CancellationToken cancellationToken)
    {
        const int Stretch = 256 * 1024;
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
#pragma warning disable CA5351 // The service's checksum against errors on the way; SHA-256 is what anything is trusted for.
        using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
#pragma warning restore CA5351
        for (var filled = 0; filled < part.Length;)
        {
            var wanted = Math.Min(Stretch, part.Length - filled);
            var received = await content
                .ReadAtLeastAsync(buffer.AsMemory(filled, wanted), wanted, throwOnEndOfStream: false, cancellationToken)
                .ConfigureAwait(false);
            if (received < wanted)
            {
                throw BlobParts.Mismatch(name, part, $"ends after {filled + received} of {part.Length} bytes");
            }

            sha.AppendData(buffer, filled, wanted);
            md5.AppendData(buffer, filled, wanted);
            filled += wanted;
        }

        if (await content.ReadAsync(buffer.AsMemory(part.Length, 1), cancellationToken).ConfigureAwait(false) != 0)
        {
            throw BlobParts.Mismatch(name, part, $"goes on after {part.Length} bytes");
        }

        if (!BlobParts.HasHash(sha, part))
        {
            throw BlobParts.Mismatch(name, part, "has another SHA-256");
        }

        return md5.GetHashAndReset();
    }

    private async Task<bool> IsStagedAsync(BlobName name, BlobPart part, CancellationToken cancellationToken) =>
        await blobOf(name).FindBlocksAsync(BlockListTypes.Uncommitted, cancellationToken).ConfigureAwait(false) is { } blocks
        && Restaging.IsStaged(name, part, [.. blocks.UncommittedBlocks]);

    private async Task<bool> SendAsync(
        BlobName name, BlobPart part, byte[] buffer, byte[] md5, CancellationToken cancellationToken)
    {
        using var body = new MemoryStream(buffer, 0, part.Length, writable: false);
        var options = new BlockBlobStageBlockOptions
        {
            TransferValidation = new UploadTransferValidationOptions
            {
                ChecksumAlgorithm = StorageChecksumAlgorithm.MD5,
                PrecalculatedChecksum = md5,
            },
        };
        var block = new PartBlock(part, DateTime.UtcNow.Ticks);
        await blobOf(name).StageBlockAsync(block.Id, body, options, cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>Whether the blob is there and made of these parts.</summary>
    /// <exception cref="StorageException"><see cref="StorageError.Conflict"/>: it has other content.</exception>
    private async Task<bool> IsCommittedAsync(
        BlobName name, IReadOnlyList<BlobPart> parts, long length, CancellationToken cancellationToken)
    {
        var blob = blobOf(name);
        if (await blob.FindPropertiesAsync(cancellationToken).ConfigureAwait(false) is not { } found)
        {
            return false;
        }

        if (found.ContentLength == length)
        {
            var blocks = await blob.FindBlocksAsync(BlockListTypes.Committed, cancellationToken).ConfigureAwait(false);
            if ((blocks?.CommittedBlocks ?? []).Select(block => PartBlock.Read(block)?.Part).SequenceEqual(parts)
                || await HasBytesAsync(blob, parts, cancellationToken).ConfigureAwait(false))
            {
                return true;
            }
        }

        throw new StorageException(StorageError.Conflict, $"The blob {name} exists with other content.");
    }

    // For a blob that was written whole, or in other parts.
    private static async Task<bool> HasBytesAsync(
        BlockBlobClient blob, IReadOnlyList<BlobPart> parts, CancellationToken cancellationToken)
    {
        using var read = (await blob.DownloadStreamingAsync(cancellationToken: cancellationToken).ConfigureAwait(false)).Value;
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[64 * 1024];
        foreach (var part in parts)
        {
            for (var left = part.Length; left > 0;)
            {
                var count = await read.Content.ReadAsync(buffer.AsMemory(0, Math.Min(left, buffer.Length)), cancellationToken)
                    .ConfigureAwait(false);
                if (count == 0)
                {
                    return false;
                }

                sha.AppendData(buffer, 0, count);
                left -= count;
            }

            if (!BlobParts.HasHash(sha, part))
            {
                return false;
            }
        }

        return true;
    }
}

using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace Vault.Storage.Azure;

/// <summary>Deletes what has a certain content, and nothing that came in its place since it was read.</summary>
internal static class ConditionalDeletion
{
    /// <returns>Whether it was there and is deleted.</returns>
    internal static async Task<bool> DeleteIfHasAsync(
        this BlobBaseClient blob, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        while (await blob.FindStateAsync(content, cancellationToken).ConfigureAwait(false) is { } state)
        {
            try
            {
                return await blob.DeleteIfThereAsync(new BlobRequestConditions { IfMatch = state }, cancellationToken)
                    .ConfigureAwait(false);
            }
            catch (RequestFailedException error) when (error.Status == 412)
            {
                // Replaced meanwhile: by what, is to be seen.
            }
        }

        return false;
    }

    /// <summary>The state in which the blob has this content; null where it has not.</summary>
    private static async Task<ETag?> FindStateAsync(
        this BlobBaseClient blob, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        try
        {
            using var read = (await blob.DownloadStreamingAsync(cancellationToken: cancellationToken).ConfigureAwait(false)).Value;
            if (read.Details.ContentLength != content.Length)
            {
                return null;
            }

            var found = new byte[content.Length];
            await read.Content.ReadExactlyAsync(found, cancellationToken).ConfigureAwait(false);
            return content.Span.SequenceEqual(found) ? read.Details.ETag : null;
        }
        catch (RequestFailedException error) when (AzureContainer.IsMissing(error))
        {
            return null;
        }
    }
}

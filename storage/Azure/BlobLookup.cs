using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace Vault.Storage.Azure;

/// <summary>Questions to which "there is no such blob" is an answer and no error.</summary>
internal static class BlobLookup
{
    internal static async Task<BlobProperties?> FindPropertiesAsync(
        this BlobBaseClient blob, CancellationToken cancellationToken)
    {
        try
        {
            return await blob.GetPropertiesAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        catch (RequestFailedException error) when (AzureContainer.IsMissing(error))
        {
            return null;
        }
    }

    /// <summary>The blocks of a blob, committed or not; null where there is neither a blob nor a block.</summary>
    internal static async Task<BlockList?> FindBlocksAsync(
        this BlockBlobClient blob, BlockListTypes types, CancellationToken cancellationToken)
    {
        try
        {
            return await blob.GetBlockListAsync(types, cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        catch (RequestFailedException error) when (AzureContainer.IsMissing(error))
        {
            return null;
        }
    }

    /// <summary>Deletes a blob; false where there is none. The service's own way takes a missing container for that too.</summary>
    internal static async Task<bool> DeleteIfThereAsync(
        this BlobBaseClient blob, BlobRequestConditions? conditions, CancellationToken cancellationToken)
    {
        try
        {
            await blob.DeleteAsync(conditions: conditions, cancellationToken: cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (RequestFailedException error) when (AzureContainer.IsMissing(error))
        {
            return false;
        }
    }
}

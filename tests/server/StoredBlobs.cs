using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace Vault.Tests.Server;

/// <summary>What is in a container of the blob emulator, as files: for whoever looks for something in every byte.</summary>
public static class StoredBlobs
{
    /// <summary>
    /// Copies everything into a new folder, and returns the files. A stream is one file, whatever its segments; a blob of
    /// which parts are staged, and nothing more, is an empty one.
    /// </summary>
    public static IReadOnlyList<string> Copy(string connection, string container, string folder)
    {
        var blobs = new BlobContainerClient(connection, container, new BlobClientOptions(BlobClientOptions.ServiceVersion.V2025_11_05));
        Directory.CreateDirectory(folder);
        foreach (var blob in blobs.GetBlobs(BlobTraits.None, BlobStates.Uncommitted, null, default))
        {
            var path = Path.Combine(folder, FileOf(blob.Name));
            Directory.CreateDirectory(Path.GetDirectoryName(path)!); // in a folder
            using var file = new FileStream(path, FileMode.Append);
            try
            {
                blobs.GetBlobClient(blob.Name).DownloadTo(file);
            }
            catch (RequestFailedException missing) when (missing.Status == 404)
            {
                // Its parts alone are there, or it was deleted meanwhile.
            }
        }

        return Directory.GetFiles(folder, "*", SearchOption.AllDirectories);
    }

    // streams/users/{id}/00000000.jsonl and what follows is streams/users/{id}.jsonl; its snapshot stays beneath.
    private static string FileOf(string blob) => blob.Split('/') is ["streams", var category, var id, var segment]
        && segment.EndsWith(".jsonl", StringComparison.Ordinal)
            ? $"streams/{category}/{id}.jsonl"
            : blob;
}

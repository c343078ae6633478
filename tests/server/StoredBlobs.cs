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
        var blobs = Open(connection, container);
        Directory.CreateDirectory(folder);
        Parallel.ForEach(
            Names(connection, container).GroupBy(FileOf), new ParallelOptions { MaxDegreeOfParallelism = 8 }, file => Copy(blobs, file, Path.Combine(folder, file.Key)));
        return Directory.GetFiles(folder, "*", SearchOption.AllDirectories);
    }

    /// <summary>The names of all blobs, of those too of which parts are staged.</summary>
    public static IReadOnlyList<string> Names(string connection, string container) =>
        [.. Open(connection, container).GetBlobs(BlobTraits.None, BlobStates.Uncommitted, null, default).Select(blob => blob.Name)];

    private static BlobContainerClient Open(string connection, string container) =>
        new(connection, container, new BlobClientOptions(BlobClientOptions.ServiceVersion.V2025_11_05));

    private static void Copy(BlobContainerClient blobs, IEnumerable<string> names, string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!); // in a folder
        using var file = new FileStream(path, FileMode.CreateNew);
        foreach (var name in names)
        {
            try
            {
                blobs.GetBlobClient(name).DownloadTo(file);
            }
            catch (RequestFailedException missing) when (missing.Status == 404)
            {
                // Its parts alone are there, or it was deleted meanwhile.
            }
        }
    }

    // streams/users/{id}/00000000.jsonl and what follows is streams/users/{id}.jsonl; its snapshot stays beneath.
    private static string FileOf(string blob) => blob.Split('/') is ["streams", var category, var id, var segment]
        && segment.EndsWith(".jsonl", StringComparison.Ordinal)
            ? $"streams/{category}/{id}.jsonl"
            : blob;
}

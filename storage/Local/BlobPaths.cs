namespace Vault.Storage.Local;

/// <summary>Where blobs lie beneath a root: the name's segments as folders, with a shard before the second.</summary>
internal sealed class BlobPaths(string root)
{
    internal string Root => root;

    /// <summary>The path of a blob or of a folder of blobs.</summary>
    internal string PathOf(BlobName name)
    {
        var segments = name.Segments;
        return segments.Count == 1
            ? Path.Combine(root, segments[0])
            : Path.Combine([root, segments[0], LocalDataFolder.Shard(segments[1]), .. segments.Skip(1)]);
    }

    /// <summary>
    /// The lowest folder on a blob's path that is never removed: those of a few hundred shards, or the root for a name
    /// of one segment.
    /// </summary>
    internal string ShardOf(BlobName name)
    {
        var segments = name.Segments;
        return segments.Count == 1
            ? root
            : Path.Combine(root, segments[0], LocalDataFolder.Shard(segments[1]));
    }

    /// <summary>The name that a path stands for; false for a path that no name has.</summary>
    internal bool TryNameOf(string path, out BlobName name)
    {
        var segments = Path.GetRelativePath(root, path).Split(Path.DirectorySeparatorChar);
        var text = segments.Length < 3 ? segments[0] : string.Join('/', [segments[0], .. segments.Skip(2)]);
        return BlobName.TryParse(text, out name) && PathOf(name) == path;
    }
}

using System.Collections.Concurrent;
using Microsoft.Win32.SafeHandles;

namespace Vault.Storage.Local;

/// <summary>
/// The folder that holds everything durable, owned by one process at a time. <see cref="LocalEventLog"/> and
/// <see cref="LocalBlobStore"/> share it; dispose it after their last call.
/// </summary>
/// <remarks>
/// <code>
/// .lock        held open, exclusively, by the owner
/// streams/     {category}/{shard}/{id}.jsonl and {id}.snapshot.json
/// blobs/       {first segment}/{shard}/{second segment}/…
/// staging/     parts of blobs that are not committed, laid out like blobs/
/// temporary/   small files being written; emptied at every start
/// </code>
/// A shard is the first two characters of the segment after it.
/// </remarks>
public sealed class LocalDataFolder : IDisposable
{
    private readonly string _root;
    private readonly FileStream? _lock;
    private readonly SafeFileHandle? _fileSystem;
    private readonly ConcurrentDictionary<string, bool> _durable = new();
    private volatile bool _disposed;

    private LocalDataFolder(string root, FileStream? @lock)
    {
        (_root, _lock) = (root, @lock);
        _fileSystem = Posix.CanSyncFileSystem ? Posix.OpenDirectory(root) : null;
        Rounds = new SyncRounds(
            _fileSystem is { } fileSystem ? () => Posix.SyncFileSystem(fileSystem) : null, TimeProvider.System);
    }

    /// <summary>Whether neither streams nor blobs are in it.</summary>
    /// <exception cref="StorageException"><see cref="StorageError.Unavailable"/>: it cannot be read.</exception>
    public bool IsEmpty
    {
        get
        {
            try
            {
                return !LocalFile.EnumerateFiles(Streams, "*").Concat(LocalFile.EnumerateFiles(Blobs, "*")).Any();
            }
            catch (Exception error) when (LocalFile.IsFailure(error))
            {
                throw LocalFile.Unavailable($"read the data folder {_root}", error);
            }
        }
    }

    /// <summary>Where the writers of small files wait until these are durable.</summary>
    internal SyncRounds Rounds { get; }

    internal string Streams => Inside("streams");

    internal string Blobs => Inside("blobs");

    internal string Staging => Inside("staging");

    /// <summary>Opens the folder, made if need be for its owner alone, and takes its lock.</summary>
    /// <exception cref="StorageException">
    /// <see cref="StorageError.InUse"/>: another process, or another object in this one, has it open.
    /// <see cref="StorageError.Unavailable"/>: it cannot be made or written.
    /// </exception>
    public static LocalDataFolder Open(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        var root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        try
        {
            PrivateFile.CreateFolder(root);
            return Prepare(new LocalDataFolder(root, TakeLock(root)));
        }
        catch (Exception error) when (LocalFile.IsFailure(error))
        {
            throw LocalFile.Unavailable($"open the data folder {root}", error);
        }
    }

    /// <summary>
    /// Opens a folder that another process owns, without its lock, for reading and deleting committed blobs, which are whole and no two
    /// steps, for dropping what is staged, which the owner notices, and for small blobs under names that the owner never writes. All other
    /// writing is the owner's.
    /// </summary>
    /// <exception cref="StorageException"><see cref="StorageError.Unavailable"/>: it cannot be made or read.</exception>
    public static LocalDataFolder OpenBeside(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        var root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        try
        {
            PrivateFile.CreateFolder(root);
            return new LocalDataFolder(root, null);
        }
        catch (Exception error) when (LocalFile.IsFailure(error))
        {
            throw LocalFile.Unavailable($"open the data folder {root}", error);
        }
    }

    /// <summary>Gives the lock back. The stores on this folder refuse further calls.</summary>
    public void Dispose()
    {
        _disposed = true;
        _fileSystem?.Dispose();
        _lock?.Dispose();
    }

    /// <summary>A name for a file that is not there yet.</summary>
    internal string NewTemporary() => Path.Combine(Inside("temporary"), Guid.NewGuid().ToString("N"));

    /// <summary>
    /// Makes a folder whose entry, and those of the folders above it, outlive a power cut. Meant for the shards and
    /// above, which are few and never removed: that they are durable is remembered.
    /// </summary>
    internal void EnsureDurable(string folder)
    {
        if (_durable.ContainsKey(folder))
        {
            return;
        }

        Directory.CreateDirectory(folder);
        LocalFile.SyncDirectories(folder, _root);
        _durable[folder] = true;
    }

    /// <summary>The first two characters of an id, so that no directory has a hundred thousand entries.</summary>
    internal static string Shard(string id) => id.Length > 1 ? id[..2] : id;

    private static LocalDataFolder Prepare(LocalDataFolder folder)
    {
        try
        {
            foreach (var name in (ReadOnlySpan<string>)["streams", "blobs", "staging", "temporary"])
            {
                folder.EnsureDurable(folder.Inside(name));
            }

            foreach (var leftover in Directory.EnumerateFiles(folder.Inside("temporary")))
            {
                File.Delete(leftover);
            }

            return folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    private static FileStream TakeLock(string root)
    {
        try
        {
            return new FileStream(
                Path.Combine(root, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException error) when (LocalFile.IsHeldElsewhere(error))
        {
            throw new StorageException(
                StorageError.InUse,
                $"The data folder {root} is in use by another process. Stop that one, or give this one its own folder.",
                error);
        }
    }

    private string Inside(string name)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return Path.Combine(_root, name);
    }
}

using Vault.Client;
using Vault.PowerShell.Completion;

namespace Vault.PowerShell.Provider;

/// <summary>The account's own files as a tree. The server cannot read names, so the tree is made here, of the whole list.</summary>
/// <remarks>One command asks about many paths; the list serves all of them, and the next command if it comes soon.</remarks>
internal sealed class FolderIndex(VaultSession session, TimeProvider time)
{
    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(2), ReadLimit = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private SortedList<string, VaultFile>? _files;
    private long _readAt, _readingSince;
    private Task? _reading;

    /// <summary>Whose files.</summary>
    public VaultSession Session { get; } = session;

    /// <summary>Something on the drive has changed: the list is read again the next time.</summary>
    public void Outdate()
    {
        lock (_gate)
        {
            _files = null;
        }
    }

    /// <summary>Whether the list is here and new.</summary>
    public bool IsHere => Fresh is not null;

    /// <summary>For the Tab key: whether the list is here, or comes soon. What comes too late serves the next press.</summary>
    public bool ComesSoon()
    {
        Task reading;
        TimeSpan left;
        lock (_gate)
        {
            if (Fresh is not null)
            {
                return true;
            }

            if (_reading is null)
            {
                (_reading, _readingSince) = (Task.Run(ReadForLaterAsync), time.GetTimestamp());
            }

            // One press asks several times; the person waits once.
            (reading, left) = (_reading, CompletionCache<VaultFile>.Patience - time.GetElapsedTime(_readingSince));
        }

        return left > TimeSpan.Zero && reading.Wait(left) && Fresh is not null;
    }

    /// <summary>The file with that name; null for none.</summary>
    public async Task<VaultFile?> FindFileAsync(string name, CancellationToken stop) =>
        (await FilesAsync(stop)).GetValueOrDefault(name);

    /// <summary>The folder with that name, empty for the root; null for none.</summary>
    public async Task<VaultFolder?> FindFolderAsync(string name, CancellationToken stop)
    {
        var below = Below(await FilesAsync(stop), name);
        return below.Count > 0 || name.Length == 0 ? Folder(name, below) : null;
    }

    /// <summary>Every file below a folder, in the order of their names.</summary>
    public async Task<IReadOnlyList<VaultFile>> FilesBelowAsync(string folder, CancellationToken stop) =>
        Below(await FilesAsync(stop), folder);

    /// <summary>What lies in a folder itself: its folders, then its files.</summary>
    public async Task<(IReadOnlyList<VaultFolder> Folders, IReadOnlyList<VaultFile> Files)> ChildrenAsync(string folder, CancellationToken stop)
    {
        var start = Prefix(folder).Length;
        var below = Below(await FilesAsync(stop), folder);
        return (
            [.. below.Where(file => file.Name.IndexOf('/', start) >= 0)
                .GroupBy(file => file.Name[..file.Name.IndexOf('/', start)], StringComparer.Ordinal)
                .Select(group => Folder(group.Key, [.. group]))],
            [.. below.Where(file => file.Name.IndexOf('/', start) < 0)]);
    }

    /// <summary>A folder that these files are in.</summary>
    public static VaultFolder Folder(string name, List<VaultFile> files) => new(
        name + "/", files.Sum(file => file.Length), files.Count == 0 ? null : files.Max(file => file.StoredAt), files.Count);

    private SortedList<string, VaultFile>? Fresh
    {
        get
        {
            lock (_gate)
            {
                return _files is not null && time.GetElapsedTime(_readAt) < Freshness ? _files : null;
            }
        }
    }

    private static string Prefix(string folder) => folder.Length == 0 ? "" : folder + "/";

    // The engine asks of every item whether it is a folder: what lies below one is found without a look at all the rest.
    private static List<VaultFile> Below(SortedList<string, VaultFile> files, string folder)
    {
        var prefix = Prefix(folder);
        var below = new List<VaultFile>();
        for (var index = FirstFrom(files.Keys, prefix); index < files.Count; index++)
        {
            if (!files.Keys[index].StartsWith(prefix, StringComparison.Ordinal))
            {
                break;
            }

            below.Add(files.Values[index]);
        }

        return below;
    }

    /// <summary>Where the first name is that does not stand before <paramref name="name"/>.</summary>
    private static int FirstFrom(IList<string> names, string name)
    {
        var (start, end) = (0, names.Count);
        while (start < end)
        {
            var middle = (start + end) / 2;
            (start, end) = string.CompareOrdinal(names[middle], name) < 0 ? (middle + 1, end) : (start, middle);
        }

        return start;
    }

    private async Task<SortedList<string, VaultFile>> FilesAsync(CancellationToken stop)
    {
        if (Fresh is { } kept)
        {
            return kept;
        }

        var listed = new Dictionary<string, VaultFile>(StringComparer.Ordinal);
        await foreach (var file in Session.ListAsync(stop))
        {
            listed[file.Name] = file;
        }

        var files = new SortedList<string, VaultFile>(listed, StringComparer.Ordinal);
        lock (_gate)
        {
            (_files, _readAt) = (files, time.GetTimestamp());
        }

        return files;
    }

    private async Task ReadForLaterAsync()
    {
        try
        {
            using var limit = new CancellationTokenSource(ReadLimit, time);
            await FilesAsync(limit.Token);
        }
        catch (Exception)
        {
            // Nobody waits for it any more; the commands themselves tell what is wrong.
        }
        finally
        {
            lock (_gate)
            {
                _reading = null;
            }
        }
    }
}

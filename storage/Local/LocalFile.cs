using Microsoft.Win32.SafeHandles;

namespace Vault.Storage.Local;

/// <summary>What the local event log and blob store do with files alike: durable writes, moves, and errors.</summary>
internal static class LocalFile
{
    /// <summary>Others may read, write and delete meanwhile; who may write when is decided by our own locks.</summary>
    internal const FileShare Shared = FileShare.ReadWrite | FileShare.Delete;

    private const int FileExists = 17; // EEXIST

    // An unreadable folder is an error to report, not one to leave out of a list.
    private static readonly EnumerationOptions Everything =
        new() { RecurseSubdirectories = true, IgnoreInaccessible = false, AttributesToSkip = 0 };

    private static readonly int[] DiskFullCodes = [28, unchecked((int)0x80070070), unchecked((int)0x80070027)];
    private static readonly int[] SharingCodes = [11, 35, unchecked((int)0x80070020)];

    /// <summary>
    /// Runs blocking file work on the thread pool, never on the caller's scheduler, and turns what the file system
    /// reports into <see cref="StorageError.Unavailable"/>. <paramref name="doing"/> completes "could not …".
    /// </summary>
    internal static Task<T> RunAsync<T>(string doing, Func<T> work, CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            try
            {
                return work();
            }
            catch (Exception error) when (IsFailure(error))
            {
                throw Unavailable(doing, error);
            }
        },
        cancellationToken);

    /// <inheritdoc cref="RunAsync{T}"/>
    internal static Task RunAsync(string doing, Action work, CancellationToken cancellationToken) => RunAsync(
        doing,
        () =>
        {
            work();
            return true;
        },
        cancellationToken);

    internal static bool IsFailure(Exception error) => error is IOException or UnauthorizedAccessException;

    /// <summary>Whether a file could not be opened because someone else has it.</summary>
    internal static bool IsHeldElsewhere(IOException error) => SharingCodes.Contains(error.HResult);

    internal static StorageException Unavailable(string doing, Exception error) => new(
        StorageError.Unavailable,
        DiskFullCodes.Contains(error.HResult)
            ? $"Storage could not {doing}: the disk is full."
            : $"Storage could not {doing}: {error.Message}",
        error);

    /// <summary>Makes the entries of a directory durable. NTFS journals them itself.</summary>
    internal static void SyncDirectory(string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            Posix.SyncDirectory(path);
        }
    }

    /// <summary>
    /// Makes the entries of a directory and of those above it durable, up to and with <paramref name="top"/>.
    /// </summary>
    internal static void SyncDirectories(string path, string top)
    {
        for (var directory = path; ; directory = Path.GetDirectoryName(directory)!) // top is above path: never null
        {
            SyncDirectory(directory);
            if (directory.Length <= top.Length)
            {
                return;
            }
        }
    }

    /// <summary>
    /// Makes a removal from a directory durable. Where the directory itself was removed, with all its entries, the one
    /// above it says so, up to <paramref name="top"/>, which exists.
    /// </summary>
    internal static void SyncNearest(string path, string top)
    {
        for (var directory = path; ; directory = Path.GetDirectoryName(directory)!) // top is above path: never null
        {
            try
            {
                SyncDirectory(directory);
                return;
            }
            catch (DirectoryNotFoundException) when (directory.Length > top.Length)
            {
            }
        }
    }

    /// <summary>The files of this pattern in a folder and beneath; none when there is no such folder.</summary>
    internal static IEnumerable<string> EnumerateFiles(string folder, string pattern) =>
        Existing(() => Directory.EnumerateFiles(folder, pattern, Everything));

    /// <summary>The folders of this pattern in a folder and beneath; none when there is no such folder.</summary>
    internal static IEnumerable<string> EnumerateFolders(string folder, string pattern) =>
        Existing(() => Directory.EnumerateDirectories(folder, pattern, Everything));

    /// <summary>Writes a new file and syncs it; on failure nothing is left of it.</summary>
    internal static void WriteNew(string path, ReadOnlySpan<byte> content)
    {
        using var file = WriteNewUnsynced(path, content);
        try
        {
            RandomAccess.FlushToDisk(file);
        }
        catch
        {
            DeleteIfPossible(path);
            throw;
        }
    }

    /// <summary>Writes a new file, open still, which the caller syncs; on failure nothing is left of it.</summary>
    internal static SafeFileHandle WriteNewUnsynced(string path, ReadOnlySpan<byte> content)
    {
        SafeFileHandle? file = null;
        try
        {
            file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read);
            RandomAccess.Write(file, content, 0);
            return file;
        }
        catch
        {
            file?.Dispose();
            DeleteIfPossible(path);
            throw;
        }
    }

    /// <summary>
    /// Clears up after a failure, which is what there is to report; the next start clears what stays behind.
    /// </summary>
    internal static void DeleteIfPossible(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (IsFailure(error))
        {
            // See above.
        }
    }

    /// <summary>
    /// Gives a synced file its final name, in place of one that has it, with the entry durable. The folders are made as
    /// needed and synced up to <paramref name="top"/>, which exists.
    /// </summary>
    internal static void MoveDurably(string source, string target, string top)
    {
        Move(source, target);
        SyncDirectories(Path.GetDirectoryName(target)!, top); // a file in a folder of ours
    }

    /// <summary>
    /// Gives a file another name, in place of one that has it; the folders are made as needed. The caller syncs them.
    /// </summary>
    internal static void Move(string source, string target) => RetryWhileFoldersVanish(
        Path.GetDirectoryName(target)!, () => File.Move(source, target, overwrite: true)); // a file in a folder of ours

    /// <summary>
    /// Makes a folder and works in it; a deletion nearby may remove the folder while it is still empty.
    /// </summary>
    internal static void RetryWhileFoldersVanish(string folder, Action work)
    {
        const int Attempts = 100;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                Directory.CreateDirectory(folder);
                work();
                return;
            }
            catch (IOException error) when (attempt < Attempts && (IsNotFound(error) || IsVanished(folder, error)))
            {
                // A move whose folder is gone may also report that a file is not found.
            }
        }
    }

    /// <summary>Removes a folder and those above it that are empty, up to and without <paramref name="top"/>.</summary>
    internal static void Prune(string folder, string top)
    {
        for (; folder.Length > top.Length; folder = Path.GetDirectoryName(folder)!) // top is above: never null
        {
            try
            {
                Directory.Delete(folder);
            }
            catch (DirectoryNotFoundException)
            {
                // Someone else was faster; the folder above may be empty too.
            }
            catch (IOException)
            {
                return; // Not empty.
            }
        }
    }

    /// <summary>Opens an existing file; null when there is none.</summary>
    internal static SafeFileHandle? OpenExisting(string path, FileAccess access)
    {
        if (Posix.IsMissing(path))
        {
            return null; // often so, and an exception costs many times the question
        }

        try
        {
            return File.OpenHandle(path, FileMode.Open, access, Shared);
        }
        catch (IOException error) when (IsNotFound(error))
        {
            return null;
        }
    }

    /// <summary>Fills the buffer from the offset on; answers how much there was.</summary>
    internal static int ReadUpTo(SafeFileHandle file, Span<byte> buffer, long offset)
    {
        var filled = 0;
        while (filled < buffer.Length)
        {
            var read = RandomAccess.Read(file, buffer[filled..], offset + filled);
            if (read == 0)
            {
                break;
            }

            filled += read;
        }

        return filled;
    }

    // Made by another and gone again while CreateDirectory looked what is there: it says that a file has the name, and none has.
    private static bool IsVanished(string folder, IOException error) =>
        error.HResult == FileExists && !File.Exists(folder);

    private static bool IsNotFound(IOException error) => error is FileNotFoundException or DirectoryNotFoundException;

    private static IEnumerable<string> Existing(Func<IEnumerable<string>> enumerate)
    {
        try
        {
            return enumerate();
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }
}

using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Vault.Storage.Local;

/// <summary>The calls that .NET lacks: it opens no directories, and so cannot sync them.</summary>
internal static partial class Posix
{
    private const int Interrupted = 4; // EINTR
    private const int NotFound = 2; // ENOENT
    private const int InvalidArgument = 22; // EINVAL
    private const int ReadOnly = 0; // O_RDONLY
    private const int Exists = 0; // F_OK

    private static readonly int CloseOnExec = OperatingSystem.IsMacOS() ? 0x1000000 : 0x80000; // O_CLOEXEC

    /// <summary>Makes a directory's entries durable, as fsync(2) on the directory.</summary>
    /// <exception cref="IOException">
    /// The directory cannot be opened or synced; a <see cref="DirectoryNotFoundException"/> when there is none.
    /// </exception>
    internal static void SyncDirectory(string path)
    {
        using var directory = OpenDirectory(path);
        while (fsync(directory) != 0)
        {
            if (Marshal.GetLastPInvokeError() == InvalidArgument)
            {
                return; // Some network file systems know no sync of directories; there is nothing more to ask of them.
            }

            ThrowUnlessInterrupted(path);
        }
    }

    /// <summary>Whether there is certainly nothing at a path. Whatever else keeps it from being seen is not that.</summary>
    internal static bool IsMissing(string path) =>
        !OperatingSystem.IsWindows() && access(path, Exists) != 0 && Marshal.GetLastPInvokeError() == NotFound;

    /// <summary>Opens a directory on the file system that <see cref="SyncFileSystem"/> is to sync.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    internal static SafeFileHandle OpenDirectory(string path)
    {
        int descriptor;
        while ((descriptor = open(path, ReadOnly | CloseOnExec)) < 0)
        {
            ThrowUnlessInterrupted(path);
        }

        return new SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <summary>Whether <see cref="SyncFileSystem"/> can be had, and tells of what could not be written: Linux 5.8 and later.</summary>
    internal static bool CanSyncFileSystem => OperatingSystem.IsLinux() && Environment.OSVersion.Version >= new Version(5, 8);

    /// <summary>Makes everything durable that was written to the file system of an open directory, as syncfs(2).</summary>
    /// <exception cref="IOException">Something of it could not be written since the last call.</exception>
    internal static void SyncFileSystem(SafeFileHandle directory)
    {
        if (syncfs(directory) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            throw new IOException(Marshal.GetPInvokeErrorMessage(error), error);
        }
    }

    private static void ThrowUnlessInterrupted(string path)
    {
        var error = Marshal.GetLastPInvokeError();
        if (error == NotFound)
        {
            throw new DirectoryNotFoundException($"Could not find the folder {path}.");
        }

        if (error != Interrupted)
        {
            throw new IOException($"{Marshal.GetPInvokeErrorMessage(error)}: {path}", error);
        }
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int access(string path, int mode);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(SafeFileHandle descriptor);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int syncfs(SafeFileHandle descriptor);
}

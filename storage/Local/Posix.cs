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

    private static readonly int CloseOnExec = OperatingSystem.IsMacOS() ? 0x1000000 : 0x80000; // O_CLOEXEC

    /// <summary>Makes a directory's entries durable, as fsync(2) on the directory.</summary>
    /// <exception cref="IOException">
    /// The directory cannot be opened or synced; a <see cref="DirectoryNotFoundException"/> when there is none.
    /// </exception>
    internal static void SyncDirectory(string path)
    {
        int descriptor;
        while ((descriptor = open(path, ReadOnly | CloseOnExec)) < 0)
        {
            ThrowUnlessInterrupted(path);
        }

        using var directory = new SafeFileHandle(descriptor, ownsHandle: true);
        while (fsync(directory) != 0)
        {
            if (Marshal.GetLastPInvokeError() == InvalidArgument)
            {
                return; // Some network file systems know no sync of directories; there is nothing more to ask of them.
            }

            ThrowUnlessInterrupted(path);
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

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(SafeFileHandle descriptor);
}

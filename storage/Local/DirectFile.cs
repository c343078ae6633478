using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Vault.Storage.Local;

/// <summary>
/// Opens a file so that whole blocks go to the disk without a copy in the page cache (O_DIRECT, open(2)). Large content is written
/// once and must be synced anyway: the copy costs processor time and memory, and pushes out of the cache what is asked for often.
/// </summary>
internal static partial class DirectFile
{
    /// <summary>What offsets, lengths and addresses must be multiples of, in bytes; no disk of today asks for more.</summary>
    internal const int BlockSize = 4096;

    private const int InvalidArgument = 22; // EINVAL
    private const int ReadWrite = 2; // O_RDWR
    private const int CloseOnExec = 0x80000; // O_CLOEXEC

    // O_DIRECT differs by processor; 0 where it is not known to be there.
    private static readonly int Direct = !OperatingSystem.IsLinux() ? 0 : RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 0x4000,
        Architecture.Arm64 => 0x10000,
        _ => 0,
    };

    /// <summary>Opens an existing file for reading and writing of whole blocks; null where the system or the file system has no such thing.</summary>
    internal static SafeFileHandle? TryOpen(string path)
    {
        if (Direct == 0)
        {
            return null;
        }

        var descriptor = open(path, ReadWrite | CloseOnExec | Direct);
        return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <summary>Whether a write failed only because the file system wants other blocks than <see cref="BlockSize"/>.</summary>
    internal static bool IsRefused(IOException error) => error.HResult == InvalidArgument;

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);
}

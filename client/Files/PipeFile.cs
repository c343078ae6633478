using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Vault.Client.Files;

/// <summary>Tells pipes and terminals from files. .NET opens a pipe by waiting, with nothing to stop it, until somebody writes to it.</summary>
internal static partial class PipeFile
{
    private const int ReadOnly = 0; // O_RDONLY
    private static readonly int WithoutWaiting = OperatingSystem.IsLinux() ? 0x800 : 4; // O_NONBLOCK
    private static readonly int CloseOnExec = OperatingSystem.IsMacOS() ? 0x1000000 : 0x80000; // O_CLOEXEC

    /// <summary>Lets everything pass that has a beginning and an end, and what cannot be opened: whoever opens it says why.</summary>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.InvalidRequest"/>: it is a pipe or a terminal.</exception>
    public static void Refuse(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return; // its pipes have names of their own, and no folder holds them
        }

        using var handle = new SafeFileHandle(open(path, ReadOnly | WithoutWaiting | CloseOnExec), ownsHandle: true);
        if (handle.IsInvalid || Directory.Exists(path))
        {
            return;
        }

        using var stream = new FileStream(handle, FileAccess.Read, bufferSize: 0);
        if (!stream.CanSeek)
        {
            throw new VaultException(
                VaultErrorCode.InvalidRequest, $"'{path}' is a pipe or a terminal, and no file.", "Write what comes out of it into a file, and send that one.");
        }
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);
}

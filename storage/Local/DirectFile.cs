using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Vault.Storage.Local;

/// <summary>
/// Writes whole blocks straight to the disk (O_DIRECT, open(2)) and the rest, or all where there is no such thing, through the page
/// cache. Large content is written once and must be synced anyway: copying it into the cache costs processor time and memory, and
/// pushes out what is asked for often.
/// </summary>
internal sealed partial class DirectFile : IDisposable
{
    /// <summary>What an offset, a length and an address must be multiples of to go past the cache, in bytes.</summary>
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

    // The kernel lets one writer at a time make a file longer or fill a hole; the others would spin for their turn.
    private static readonly KeyedLock<string> Turns = new();

    private readonly string _path;
    private readonly SafeFileHandle _cached;
    private SafeFileHandle? _direct;

    private DirectFile(string path, SafeFileHandle cached, SafeFileHandle? direct) =>
        (_path, _cached, _direct) = (path, cached, direct);

    /// <summary>Takes over a file that is open for writing.</summary>
    internal static DirectFile Open(string path, SafeFileHandle cached)
    {
        var descriptor = Direct == 0 ? -1 : open(path, ReadWrite | CloseOnExec | Direct);
        return new DirectFile(path, cached, descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true));
    }

    /// <summary>Memory of this length that begins at a multiple of <see cref="BlockSize"/> and never moves.</summary>
    internal static Memory<byte> Allocate(int length)
    {
        var memory = GC.AllocateUninitializedArray<byte>(checked(length + BlockSize), pinned: true);
        var beyond = (int)(Marshal.UnsafeAddrOfPinnedArrayElement(memory, 0) % BlockSize);
        return memory.AsMemory(beyond == 0 ? 0 : BlockSize - beyond, length);
    }

    /// <exception cref="IOException">The file system does not take it.</exception>
    internal async ValueTask WriteAsync(ReadOnlyMemory<byte> content, long offset, CancellationToken cancellationToken)
    {
        var whole = content.Length - (content.Length % BlockSize);
        if (whole > 0 && offset % BlockSize == 0 && await TryWriteDirectAsync(content[..whole], offset, cancellationToken).ConfigureAwait(false))
        {
            content = content[whole..];
            offset += whole;
        }

        await RandomAccess.WriteAsync(_cached, content, offset, cancellationToken).ConfigureAwait(false);
    }

    public void Dispose()
    {
        _cached.Dispose();
        _direct?.Dispose();
    }

    private async ValueTask<bool> TryWriteDirectAsync(ReadOnlyMemory<byte> blocks, long offset, CancellationToken cancellationToken)
    {
        if (_direct is null)
        {
            return false;
        }

        using var turn = await Turns.EnterAsync(_path, cancellationToken).ConfigureAwait(false);
        try
        {
            await RandomAccess.WriteAsync(_direct, blocks, offset, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (IOException error) when (error.HResult == InvalidArgument)
        {
            _direct.Dispose(); // this file system wants other blocks than ours: as if it knew no direct writes
            _direct = null;
            return false;
        }
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);
}

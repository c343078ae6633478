using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Vault.Storage.Local;

/// <summary>A stretch of memory at an address that <see cref="DirectFile"/> can use; rented, and given back when disposed.</summary>
internal sealed class AlignedBuffer : IDisposable
{
    internal const int Length = 512 * 1024;

    private const int MaxKept = 32; // 16 MiB

    private static readonly ConcurrentBag<AlignedBuffer> Free = [];

    private AlignedBuffer()
    {
        var memory = GC.AllocateUninitializedArray<byte>(Length + DirectFile.BlockSize, pinned: true);
        var beyond = (int)(Marshal.UnsafeAddrOfPinnedArrayElement(memory, 0) % DirectFile.BlockSize);
        Memory = memory.AsMemory(beyond == 0 ? 0 : DirectFile.BlockSize - beyond, Length);
    }

    internal Memory<byte> Memory { get; }

    internal static AlignedBuffer Rent() => Free.TryTake(out var buffer) ? buffer : new AlignedBuffer();

    public void Dispose()
    {
        if (Free.Count < MaxKept)
        {
            Free.Add(this);
        }
    }
}

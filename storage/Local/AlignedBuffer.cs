using System.Collections.Concurrent;

namespace Vault.Storage.Local;

/// <summary>Memory that <see cref="DirectFile"/> can write from; rented, and given back when disposed.</summary>
internal sealed class AlignedBuffer : IDisposable
{
    internal const int Length = 512 * 1024;

    private const int MaxKept = 32; // 16 MiB

    private static readonly ConcurrentBag<AlignedBuffer> Free = [];

    private AlignedBuffer()
    {
    }

    internal Memory<byte> Memory { get; } = DirectFile.Allocate(Length);

    internal static AlignedBuffer Rent() => Free.TryTake(out var buffer) ? buffer : new AlignedBuffer();

    /// <summary>How many bytes to gather before the next write: up to a block's end first, then whole blocks, then the rest.</summary>
    internal static int NextLength(long offset, int remaining)
    {
        var beyond = (int)(offset % DirectFile.BlockSize);
        if (beyond != 0)
        {
            return Math.Min(remaining, DirectFile.BlockSize - beyond);
        }

        var length = Math.Min(remaining, Length);
        return length < DirectFile.BlockSize ? length : length - (length % DirectFile.BlockSize);
    }

    public void Dispose()
    {
        if (Free.Count < MaxKept)
        {
            Free.Add(this);
        }
    }
}

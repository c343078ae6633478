using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections;

namespace Vault.Gateway.Hosting;

/// <summary>
/// Kestrel's memory in blocks of 64 KiB instead of 4: a socket read brings a whole Noise message instead of a sixteenth of one.
/// An idle connection holds no block.
/// </summary>
public sealed class BlockPool : MemoryPool<byte>
{
    private const int BlockSize = 64 * 1024;

    // What is kept for the next transfers, 16 MiB; more than that goes back to the garbage collector.
    private const int MaxFree = 256;

    private readonly ConcurrentQueue<Block> _free = new();

    /// <inheritdoc />
    public override int MaxBufferSize => BlockSize;

    /// <inheritdoc />
    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockSize);
        return _free.TryDequeue(out var block) ? block : new Block(this);
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing) => _free.Clear();

    /// <summary>Hands the pool to Kestrel.</summary>
    public sealed class Factory : IMemoryPoolFactory<byte>
    {
        /// <inheritdoc />
        public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => new BlockPool();
    }

    private sealed class Block(BlockPool pool) : IMemoryOwner<byte>
    {
        // Pinned: sockets read into it again and again.
        private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(BlockSize, pinned: true);

        public Memory<byte> Memory => MemoryMarshal.CreateFromPinnedArray(_bytes, 0, BlockSize);

        public void Dispose()
        {
            if (pool._free.Count < MaxFree)
            {
                pool._free.Enqueue(this);
            }
        }
    }
}

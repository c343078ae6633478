using System.Collections.Concurrent;
using Vault.Protocol;
using Vault.Storage.Local;

namespace Vault.Client.Files;

/// <summary>Buffers each just long enough for a part, used again: a shared pool would round 4 MiB up to 8.</summary>
/// <remarks>Transfers that run side by side or soon after each other have the same ones; when nobody transfers, the collector takes
/// them.</remarks>
internal sealed class PartBuffers
{
    private static readonly Lock Gate = new();
    private static readonly Dictionary<int, WeakReference<PartBuffers>> Living = [];

    private readonly ConcurrentBag<Memory<byte>> _free = [];
    private readonly int _length;

    private PartBuffers(int length) => _length = length;

    /// <summary>The buffers for parts of <paramref name="partSize"/> bytes; hold on to this until the transfer ends.</summary>
    public static PartBuffers For(int partSize)
    {
        lock (Gate)
        {
            if (Living.TryGetValue(partSize, out var weak) && weak.TryGetTarget(out var buffers))
            {
                return buffers;
            }

            buffers = new PartBuffers(checked(partSize + PartLayout.NonceLength));
            Living[partSize] = new WeakReference<PartBuffers>(buffers);
            return buffers;
        }
    }

    /// <summary>A buffer with anything in it, at an address that <see cref="DirectFile"/> can use.</summary>
    public Memory<byte> Rent() => _free.TryTake(out var buffer) ? buffer : DirectFile.Allocate(_length);

    /// <summary>Gives a buffer back; who had a secret in it has zeroed it.</summary>
    public void Return(Memory<byte> buffer) => _free.Add(buffer);
}

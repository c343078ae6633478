using System.Collections.Concurrent;
using Vault.Protocol;

namespace Vault.Client.Files;

/// <summary>One transfer's buffers, each just long enough for a part of it and used again: a shared pool would round 4 MiB up to 8.</summary>
internal sealed class PartBuffers(int partSize)
{
    private readonly ConcurrentBag<byte[]> _free = [];

    /// <summary>A buffer with anything in it.</summary>
    public byte[] Rent() => _free.TryTake(out var buffer) ? buffer : GC.AllocateUninitializedArray<byte>(partSize + PartLayout.NonceLength);

    /// <summary>Gives a buffer back; who had a secret in it has zeroed it.</summary>
    public void Return(byte[] buffer) => _free.Add(buffer);
}

using System.Collections.Concurrent;
using System.Security.Cryptography;
using Vault.Protocol;
using Vault.Storage.Local;

namespace Vault.Client.Files;

/// <summary>Buffers each just long enough for a part, used again: a shared pool would round 4 MiB up to 8.</summary>
/// <remarks>
/// Transfers that run side by side or soon after each other have the same ones; when nobody transfers, the collector takes them. Those
/// that had plaintext are zeroed once, when the last transfer ends: zeroing them after each part would cost a twentieth of a transfer.
/// </remarks>
internal sealed class PartBuffers
{
    private static readonly Lock Gate = new();
    private static readonly Dictionary<int, WeakReference<PartBuffers>> Living = [];

    private readonly ConcurrentBag<Memory<byte>> _clean = [];
    private readonly ConcurrentBag<Memory<byte>> _plain = [];
    private readonly int _length;
    private int _transfers;

    private PartBuffers(int length) => _length = length;

    /// <summary>The buffers for parts of <paramref name="partSize"/> bytes; dispose the lease when the transfer has given all back.</summary>
    public static Lease For(int partSize)
    {
        lock (Gate)
        {
            if (!Living.TryGetValue(partSize, out var weak) || !weak.TryGetTarget(out var buffers))
            {
                buffers = new PartBuffers(checked(partSize + PartLayout.NonceLength));
                Living[partSize] = new WeakReference<PartBuffers>(buffers);
            }

            buffers._transfers++;
            return new Lease(buffers);
        }
    }

    private void End()
    {
        lock (Gate)
        {
            if (--_transfers == 0)
            {
                while (_plain.TryTake(out var buffer))
                {
                    CryptographicOperations.ZeroMemory(buffer.Span);
                    _clean.Add(buffer);
                }
            }
        }
    }

    /// <summary>One transfer's use of the buffers.</summary>
    internal sealed class Lease(PartBuffers buffers) : IDisposable
    {
        /// <summary>A buffer for plaintext with anything in it, at an address that <see cref="DirectFile"/> can use.</summary>
        public Memory<byte> RentPlain() => buffers._plain.TryTake(out var buffer) ? buffer : Rent();

        /// <summary>The same for what is no secret.</summary>
        public Memory<byte> Rent() => buffers._clean.TryTake(out var buffer) ? buffer : DirectFile.Allocate(buffers._length);

        /// <summary>Gives a buffer back that never had plaintext in it.</summary>
        public void Return(Memory<byte> buffer) => buffers._clean.Add(buffer);

        /// <summary>Gives a buffer back that may have; it is zeroed when the last transfer ends.</summary>
        public void ReturnPlain(Memory<byte> buffer) => buffers._plain.Add(buffer);

        public void Dispose() => buffers.End();
    }
}

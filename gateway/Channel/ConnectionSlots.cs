using System.Collections.Concurrent;
using System.Net;

namespace Vault.Gateway.Channel;

/// <summary>Counts handshakes in progress, in all and by network address, so that strangers cannot pile them up.</summary>
internal sealed class HandshakeSlots(int max, int maxPerAddress)
{
    private readonly ConcurrentDictionary<IPAddress, int> _byAddress = new();
    private int _count;

    /// <summary>Handshakes in progress.</summary>
    internal int Count => Volatile.Read(ref _count);

    internal bool TryEnter(IPAddress address)
    {
        if (Interlocked.Increment(ref _count) <= max)
        {
            if (_byAddress.AddOrUpdate(address, 1, static (_, count) => count + 1) <= maxPerAddress)
            {
                return true;
            }

            LeaveAddress(address);
        }

        Interlocked.Decrement(ref _count);
        return false;
    }

    internal void Leave(IPAddress address)
    {
        LeaveAddress(address);
        Interlocked.Decrement(ref _count);
    }

    private void LeaveAddress(IPAddress address)
    {
        var left = _byAddress.AddOrUpdate(address, 0, static (_, count) => count - 1);
        if (left == 0)
        {
            _byAddress.TryRemove(new KeyValuePair<IPAddress, int>(address, 0)); // only if nobody came meanwhile
        }
    }
}

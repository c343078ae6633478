using System.Collections.Concurrent;
using System.Net;
using Vault.Grains.Interfaces;

namespace Vault.Gateway.Channel;

/// <summary>Counts connections, or handshakes in progress, in all and by network, so that strangers cannot pile them up.</summary>
internal sealed class ConnectionSlots(int max, int maxPerNetwork)
{
    private readonly ConcurrentDictionary<IPAddress, int> _byNetwork = new();
    private int _count;

    /// <summary>Slots taken.</summary>
    internal int Count => Volatile.Read(ref _count);

    internal bool TryEnter(IPAddress address)
    {
        if (Interlocked.Increment(ref _count) <= max)
        {
            if (_byNetwork.AddOrUpdate(ClientNetwork.Of(address), 1, static (_, count) => count + 1) <= maxPerNetwork)
            {
                return true;
            }

            LeaveNetwork(address);
        }

        Interlocked.Decrement(ref _count);
        return false;
    }

    internal void Leave(IPAddress address)
    {
        LeaveNetwork(address);
        Interlocked.Decrement(ref _count);
    }

    private void LeaveNetwork(IPAddress address)
    {
        var network = ClientNetwork.Of(address);
        var left = _byNetwork.AddOrUpdate(network, 0, static (_, count) => count - 1);
        if (left == 0)
        {
            _byNetwork.TryRemove(new KeyValuePair<IPAddress, int>(network, 0)); // only if nobody came meanwhile
        }
    }
}

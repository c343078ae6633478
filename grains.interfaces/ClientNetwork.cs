using System.Net;
using System.Net.Sockets;

namespace Vault.Grains.Interfaces;

/// <summary>The network that a client's address is counted by: an IPv4 address, or an IPv6 /64, which is one customer's.</summary>
public static class ClientNetwork
{
    /// <summary>The network's first address; the same for every address of the network.</summary>
    public static IPAddress Of(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address;
        }

        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        bytes[8..].Clear();
        return new IPAddress(bytes);
    }
}

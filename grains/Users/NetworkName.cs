using System.Net;
using System.Net.Sockets;

namespace Vault.Grains.Users;

/// <summary>A network address as attempts are counted by it: an IPv4 address, or an IPv6 /64, which is one customer's.</summary>
internal static class NetworkName
{
    /// <summary>The name, or an empty one where the text is no address: such a caller is never a known one.</summary>
    public static string Of(string address)
    {
        if (!IPAddress.TryParse(address, out var parsed))
        {
            return "";
        }

        if (parsed.IsIPv4MappedToIPv6)
        {
            parsed = parsed.MapToIPv4();
        }

        if (parsed.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return parsed.ToString();
        }

        var bytes = parsed.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return $"{new IPAddress(bytes)}/64";
    }
}

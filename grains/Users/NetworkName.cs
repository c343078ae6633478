using System.Net;
using System.Net.Sockets;
using Vault.Grains.Interfaces;

namespace Vault.Grains.Users;

/// <summary>A network address as attempts are counted by it: its <see cref="ClientNetwork"/>.</summary>
internal static class NetworkName
{
    /// <summary>The name, or an empty one where the text is no address: such a caller is never a known one.</summary>
    public static string Of(string address)
    {
        if (!IPAddress.TryParse(address, out var parsed))
        {
            return "";
        }

        var network = ClientNetwork.Of(parsed);
        return network.AddressFamily == AddressFamily.InterNetworkV6 ? $"{network}/64" : network.ToString();
    }
}

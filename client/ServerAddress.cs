using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Vault.Protocol;

namespace Vault.Client;

/// <summary>Where a server is, and optionally who it must be: <c>host[:port][#vaultserver1…]</c>, IPv6 in brackets.</summary>
/// <param name="Host">Name or address, without brackets.</param>
/// <param name="Port">1 to 65,535.</param>
/// <param name="Key">The pinned key; null to go by what is remembered.</param>
public sealed record ServerAddress(string Host, int Port, ServerKey? Key)
{
    /// <summary>The port where none is given.</summary>
    public const int DefaultPort = 7117;

    /// <summary>Reads an address; false where it is none.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out ServerAddress? address)
    {
        address = null;
        var (place, pin) = Split((text ?? "").Trim(), '#');
        ServerKey? key = null;
        if (pin is not null)
        {
            if (!ServerKey.TryParse(pin, out var parsed))
            {
                return false;
            }

            key = parsed;
        }

        if (!TryParsePlace(place, out var host, out var port))
        {
            return false;
        }

        address = new ServerAddress(host, port, key);
        return true;
    }

    /// <summary><c>host:port</c>, how the server is remembered.</summary>
    public override string ToString() =>
        Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";

    private static bool TryParsePlace(string place, out string host, out int port)
    {
        port = DefaultPort;
        string? portText;
        if (place.StartsWith('[') && place.IndexOf(']', StringComparison.Ordinal) is > 0 and var end)
        {
            host = place[1..end];
            portText = place[(end + 1)..] switch { "" => null, [':', .. var rest] => rest, _ => "" };
            return Uri.CheckHostName(host) == UriHostNameType.IPv6 && TryParsePort(portText, ref port);
        }

        (host, portText) = Split(place, ':');
        host = host.ToLowerInvariant();
        return Uri.CheckHostName(host) is UriHostNameType.Dns or UriHostNameType.IPv4 && TryParsePort(portText, ref port);
    }

    private static bool TryParsePort(string? text, ref int port) => text is null
        || (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is > 0 and <= 65_535);

    private static (string Before, string? After) Split(string text, char separator) =>
        text.IndexOf(separator, StringComparison.Ordinal) is >= 0 and var at ? (text[..at], text[(at + 1)..]) : (text, null);
}

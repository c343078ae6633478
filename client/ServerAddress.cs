using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Vault.Protocol;

namespace Vault.Client;

/// <summary>
/// Where a server is, and optionally who it must be: <c>host[:port][#vaultserver1…]</c>, IPv6 in brackets. A server with
/// several gateways, which all have its one key, has several places: <c>host[:port],host[:port]…[#vaultserver1…]</c>; the pin stands behind
/// any of them.
/// </summary>
/// <param name="Host">Name or address of the first place, without brackets.</param>
/// <param name="Port">Its port, 1 to 65,535.</param>
/// <param name="Key">The pinned key; null to go by what is remembered.</param>
public sealed record ServerAddress(string Host, int Port, ServerKey? Key)
{
    /// <summary>The port where none is given.</summary>
    public const int DefaultPort = 7117;

    /// <summary>The most places of one server.</summary>
    public const int MaxPlaces = 16;

    /// <summary>Further places where the same server answers: when one is lost, the next is tried.</summary>
    public IReadOnlyList<(string Host, int Port)> Others { get; init; } = [];

    /// <summary>All places, in the order in which they are tried.</summary>
    public IReadOnlyList<(string Host, int Port)> Places => [(Host, Port), .. Others];

    /// <summary>Reads an address; false where it is none.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out ServerAddress? address)
    {
        address = null;
        ServerKey? key = null;
        var places = new List<(string Host, int Port)>();
        foreach (var part in (text ?? "").Split(',', StringSplitOptions.TrimEntries))
        {
            var (place, pin) = Split(part, '#');
            if (places.Count == MaxPlaces || !TryParsePin(pin, ref key) || !TryParsePlace(place, out var host, out var port))
            {
                return false;
            }

            places.Add((host, port));
        }

        address = new ServerAddress(places[0].Host, places[0].Port, key) { Others = places.Count == 1 ? [] : places[1..] };
        return true;
    }

    /// <summary>Whether all places and the pin are the same.</summary>
    public bool Equals(ServerAddress? other) => other is not null && Key == other.Key && Places.SequenceEqual(other.Places);

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(Host, Port, Key);

    /// <summary><c>host:port</c>, with commas between where there are several places.</summary>
    public override string ToString() => string.Join(',', PlaceNames);

    /// <summary>Each place as <c>host:port</c>, how it is remembered.</summary>
    internal IEnumerable<string> PlaceNames => Places.Select(place =>
        place.Host.Contains(':', StringComparison.Ordinal) ? $"[{place.Host}]:{place.Port}" : $"{place.Host}:{place.Port}");

    // The places are one server, so pins that differ mean nothing.
    private static bool TryParsePin(string? pin, ref ServerKey? key)
    {
        if (pin is null)
        {
            return true;
        }

        if (!ServerKey.TryParse(pin, out var parsed) || (key is { } other && other != parsed))
        {
            return false;
        }

        key = parsed;
        return true;
    }

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

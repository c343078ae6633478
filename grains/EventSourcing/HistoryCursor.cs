using System.Globalization;
using Vault.Storage;

namespace Vault.Grains.EventSourcing;

/// <summary>A place in a stream as clients hand it back: <c>version.hash.position</c>. To them it is opaque.</summary>
/// <remarks>It names a place and gives no right to read there; the log refuses one that the stream does not have.</remarks>
internal static class HistoryCursor
{
    public static string Write(StreamHead head) =>
        string.Create(CultureInfo.InvariantCulture, $"{head.Version}.{head.Hash}.{head.Position}");

    /// <summary>The place; the stream's beginning for null.</summary>
    public static bool TryParse(string? text, out StreamHead head)
    {
        head = StreamHead.Empty;
        if (text is null)
        {
            return true;
        }

        if (text.Split('.') is not [var version, var hash, var position]
            || !long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            || !long.TryParse(position, NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
            || !LineHash.TryParse(hash, out var line)
            || number < 1 || offset < 1)
        {
            return false;
        }

        head = new StreamHead(number, line, offset);
        return true;
    }
}

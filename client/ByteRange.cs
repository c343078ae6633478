using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Vault.Client;

/// <summary>A stretch of a file, written as in an HTTP Range header: <c>0-1023</c>, <c>1024-</c> to the end, <c>-512</c> for the last bytes.</summary>
public sealed record ByteRange
{
    private ByteRange(long? first, long? last) => (First, Last) = (first, last);

    /// <summary>The first byte, from 0; null where <see cref="Last"/> counts from the end.</summary>
    public long? First { get; }

    /// <summary>The last byte, itself in the range; null for the file's last. Without <see cref="First"/>: how many bytes from the end.</summary>
    public long? Last { get; }

    /// <summary>Reads a range; false where it is none.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out ByteRange? range)
    {
        range = null;
        if (text?.Split('-') is not [var first, var last] || !TryRead(first, out var from) || !TryRead(last, out var to)
            || (from is null && to is null) || from > to || (from is null && to == 0))
        {
            return false;
        }

        range = new ByteRange(from, to);
        return true;
    }

    /// <summary>The stretch of a file of this length.</summary>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.InvalidRequest"/>: it begins behind the file's end.</exception>
    public (long Offset, long Length) Within(long length)
    {
        if (First is not { } first)
        {
            var count = Math.Min(Last ?? 0, length);
            return (length - count, count);
        }

        return first < length
            ? (first, Math.Min(Last ?? long.MaxValue, length - 1) - first + 1)
            : throw new VaultException(
                VaultErrorCode.InvalidRequest, $"The range {this} begins behind the file's end: it has {length} bytes.", "Ask for less.");
    }

    /// <summary>As it is written.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{First}-{Last}");

    private static bool TryRead(string text, out long? number)
    {
        number = null;
        if (text.Length == 0)
        {
            return true;
        }

        var isNumber = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value);
        number = value;
        return isNumber;
    }
}

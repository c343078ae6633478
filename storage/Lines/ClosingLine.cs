using System.Globalization;
using System.Text;

namespace Vault.Storage.Lines;

/// <summary>
/// The last line of a segment that the stream has left, under the form of <see cref="HashedLine"/>:
/// <code>
/// {"closed":3,"version":41,"hash":"64 digits"}\n       after segment 3, whose last event has version 41
/// hash = SHA-256(hash(41) ‖ the line's bytes before the comma of ,"hash")
/// </code>
/// It is no event and no link of the chain: the next segment's first event follows on version 41. For one head there is
/// exactly one such line, so whoever finds it knows that the stream goes on behind that head in the next segment.
/// </summary>
internal static class ClosingLine
{
    internal static byte[] Encode(int segment, StreamHead last)
    {
        Span<byte> previous = stackalloc byte[LineHash.Size];
        last.Hash.CopyTo(previous);
        return HashedLine.Seal(previous, Opening(segment), Encoding.ASCII.GetBytes(Version(last)), out _);
    }

    /// <summary>Whether a line, without its break, closes this segment behind this head.</summary>
    internal static bool Is(ReadOnlySpan<byte> line, int segment, StreamHead last) =>
        line.StartsWith("{\"closed\":"u8) && line.SequenceEqual(Encode(segment, last).AsSpan(..^1));

    private static string Opening(int segment) =>
        string.Create(CultureInfo.InvariantCulture, $"{{\"closed\":{segment},\"version\":");

    private static string Version(StreamHead last) => last.Version.ToString(CultureInfo.InvariantCulture);
}

using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Vault.Storage.Lines;

/// <summary>
/// One event as one line:
/// <code>
/// {"version":1,"time":"2025-01-31T12:00:00.0000000Z","type":"user.registered.v1","data":{…},"hash":"64 digits"}\n
/// hash(0) = 32 zero bytes
/// hash(n) = SHA-256(hash(n-1) ‖ the line's bytes before the comma of ,"hash")
/// </code>
/// Properties have this order and no spaces between them; <c>data</c> has the bytes that the writer gave. The time is
/// UTC with seven decimals.
/// </summary>
internal static class EventLine
{
    /// <summary>
    /// The longest line with its break: the longest data, the longest type, and everything around them.
    /// </summary>
    internal const int MaxLength = NewEvent.MaxDataLength + 512;

    private const int TimeLength = 28;

    /// <summary>Refuses an event that a line cannot hold.</summary>
    internal static void RequireValid(StreamName stream, NewEvent newEvent)
    {
        HashedLine.RequireType(newEvent.Type, nameof(newEvent));
        if (newEvent.Data.Length > NewEvent.MaxDataLength)
        {
            throw new StorageException(
                StorageError.TooLarge,
                $"An event of {newEvent.Data.Length} bytes for the stream {stream} is longer than a line may be.");
        }

        HashedLine.RequireJson(newEvent.Data.Span, nameof(newEvent));
    }

    /// <summary>The bytes to append behind a head, and the head after them.</summary>
    internal static byte[] Encode(StreamHead before, NewEvent newEvent, out StreamHead after)
    {
        Span<byte> previous = stackalloc byte[LineHash.Size];
        before.Hash.CopyTo(previous);
        var version = before.Version + 1;
        var opening = string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"version\":{version},\"time\":\"{newEvent.Time.UtcDateTime:O}\","
            + $"\"type\":\"{newEvent.Type}\",\"data\":");
        var line = HashedLine.Seal(previous, opening, newEvent.Data.Span, out var hash);
        after = new StreamHead(version, hash, before.Position + line.Length);
        return line;
    }

    /// <summary>Reads a line, without its break, that follows a head; null when it does not verify.</summary>
    internal static StoredEvent? Parse(ReadOnlySpan<byte> line, StreamHead before, IncrementalHash sha)
    {
        Span<byte> previous = stackalloc byte[LineHash.Size];
        before.Hash.CopyTo(previous);
        if (!HashedLine.TrySplit(line, out var content, out var hash)
            || HashedLine.Hash(sha, previous, content) != hash
            || !TakeVersion(ref content, before.Version + 1)
            || content.Length <= TimeLength
            || !TryReadTime(content[..TimeLength], out var time))
        {
            return null;
        }

        content = content[TimeLength..];
        if (!Take(ref content, "\",\"type\":\""u8))
        {
            return null;
        }

        var typeLength = content.IndexOf((byte)'"');
        var type = typeLength < 0 ? "" : Encoding.Latin1.GetString(content[..typeLength]);
        if (!HashedLine.IsType(type))
        {
            return null;
        }

        content = content[typeLength..];
        return Take(ref content, "\",\"data\":"u8) && !content.IsEmpty
            ? new StoredEvent(
                new StreamHead(before.Version + 1, hash, before.Position + line.Length + 1),
                time,
                type,
                content.ToArray())
            : null;
    }

    /// <summary>
    /// Whether a line, without its break, states a head's version and hash; the chain before it is not looked at.
    /// </summary>
    internal static bool States(ReadOnlySpan<byte> line, StreamHead head) =>
        HashedLine.TrySplit(line, out _, out var hash) && hash == head.Hash && TakeVersion(ref line, head.Version);

    private static bool TakeVersion(ref ReadOnlySpan<byte> text, long version)
    {
        Span<byte> digits = stackalloc byte[20];
        version.TryFormat(digits, out var length, default, CultureInfo.InvariantCulture);
        return Take(ref text, "{\"version\":"u8)
            && Take(ref text, digits[..length])
            && Take(ref text, ",\"time\":\""u8);
    }

    private static bool TryReadTime(ReadOnlySpan<byte> text, out DateTimeOffset time) =>
        DateTimeOffset.TryParseExact(
            Encoding.Latin1.GetString(text), "O", CultureInfo.InvariantCulture, DateTimeStyles.None, out time)
        && time.Offset == TimeSpan.Zero;

    private static bool Take(ref ReadOnlySpan<byte> text, scoped ReadOnlySpan<byte> expected)
    {
        if (!text.StartsWith(expected))
        {
            return false;
        }

        text = text[expected.Length..];
        return true;
    }
}

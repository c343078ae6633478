using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Vault.Storage.Lines;

/// <summary>
/// A line of JSON that carries its own hash as its last property:
/// <code>{ content ,"hash":" 64 hexadecimal digits "}\n      hash = SHA-256(previous ‖ content)</code>
/// The content starts with the brace. For an event <c>previous</c> is the 32 bytes of the line hash before it (zeros
/// for the first); for a snapshot it is empty.
/// </summary>
internal static class HashedLine
{
    /// <summary>What stands between content and line break: <c>,"hash":"…"}</c>.</summary>
    internal const int TailLength = 9 + (2 * LineHash.Size) + 2;

    private static readonly SearchValues<char> TypeCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-.");

    private static ReadOnlySpan<byte> BeforeHash => ",\"hash\":\""u8;

    private static ReadOnlySpan<byte> AfterHash => "\"}"u8;

    /// <summary>Builds the line, its break included, from the two halves of its content.</summary>
    internal static byte[] Seal(
        ReadOnlySpan<byte> previous, string opening, ReadOnlySpan<byte> value, out LineHash hash)
    {
        // buffer = previous ‖ opening ‖ value ‖ tail ‖ \n; hashed from its start, returned without previous.
        var openingLength = Encoding.ASCII.GetByteCount(opening);
        var line = new byte[openingLength + value.Length + TailLength + 1];
        Encoding.ASCII.GetBytes(opening, line);
        value.CopyTo(line.AsSpan(openingLength));
        var content = line.AsSpan(0, openingLength + value.Length);
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash = Hash(sha, previous, content);
        var tail = line.AsSpan(content.Length);
        BeforeHash.CopyTo(tail);
        Encoding.ASCII.GetBytes(hash.ToString(), tail[BeforeHash.Length..]);
        AfterHash.CopyTo(tail[^3..]);
        tail[^1] = (byte)'\n';
        return line;
    }

    /// <summary>Splits a line, without its break, into content and hash; false when its end has another form.</summary>
    internal static bool TrySplit(ReadOnlySpan<byte> line, out ReadOnlySpan<byte> content, out LineHash hash)
    {
        content = default;
        hash = default;
        if (line.Length < TailLength)
        {
            return false;
        }

        var tail = line[^TailLength..];
        Span<char> digits = stackalloc char[2 * LineHash.Size];
        if (!tail.StartsWith(BeforeHash) || !tail.EndsWith(AfterHash)
            || !LineHash.TryParse(digits[..Encoding.ASCII.GetChars(tail[9..^2], digits)], out hash))
        {
            return false;
        }

        content = line[..^TailLength];
        return true;
    }

    internal static LineHash Hash(IncrementalHash sha, ReadOnlySpan<byte> previous, ReadOnlySpan<byte> content)
    {
        Span<byte> hash = stackalloc byte[LineHash.Size];
        sha.AppendData(previous);
        sha.AppendData(content);
        sha.GetHashAndReset(hash);
        return new LineHash(hash);
    }

    internal static bool IsType(ReadOnlySpan<char> type) =>
        type.Length is > 0 and <= 128
        && !type.ContainsAnyExcept(TypeCharacters);

    /// <summary>Refuses a type that a line cannot hold.</summary>
    internal static void RequireType(string type, string parameter)
    {
        if (!IsType(type))
        {
            throw new ArgumentException("A type is 1 to 128 of a-z, 0-9, '-' and '.'.", parameter);
        }
    }

    /// <summary>Refuses bytes that are not one JSON value on one line.</summary>
    internal static void RequireJson(ReadOnlySpan<byte> value, string parameter)
    {
        try
        {
            var reader = new Utf8JsonReader(value);
            reader.Read();
            reader.Skip();
            if (!reader.Read() && value.IndexOfAny((byte)'\n', (byte)'\r') < 0 && Utf8.IsValid(value))
            {
                return;
            }
        }
        catch (JsonException error)
        {
            throw new ArgumentException("The value is not JSON.", parameter, error);
        }

        throw new ArgumentException("The value is not one JSON value in UTF-8 without line breaks.", parameter);
    }
}

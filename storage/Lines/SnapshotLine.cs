using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Vault.Storage.Lines;

/// <summary>
/// A snapshot as one line, under the form of <see cref="HashedLine"/>:
/// <code>
/// {"version":3,"position":612,"line":"64 digits","type":"user.v1","state":{…},"hash":"64 digits"}\n
/// hash = SHA-256(the line's bytes before the comma of the last ,"hash")
/// </code>
/// </summary>
internal static class SnapshotLine
{
    /// <summary>The longest snapshot, line and all.</summary>
    internal const int MaxLength = 256 * 1024 * 1024;

    /// <summary>Refuses a snapshot that a line cannot hold.</summary>
    internal static void RequireValid(StreamName stream, StoredSnapshot snapshot)
    {
        HashedLine.RequireType(snapshot.Type, nameof(snapshot));
        HashedLine.RequireJson(snapshot.State.Span, nameof(snapshot));
        if (snapshot.Head.Version < 1 || snapshot.Head.Position < 1)
        {
            throw new ArgumentException("A snapshot is of one event or more.", nameof(snapshot));
        }

        if (snapshot.State.Length > MaxLength - 1024)
        {
            throw new StorageException(
                StorageError.TooLarge, $"A snapshot of the stream {stream} has {snapshot.State.Length} bytes.");
        }
    }

    internal static byte[] Encode(StoredSnapshot snapshot) => HashedLine.Seal(
        [],
        string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"version\":{snapshot.Head.Version},\"position\":{snapshot.Head.Position},"
            + $"\"line\":\"{snapshot.Head.Hash}\","
            + $"\"type\":\"{snapshot.Type}\",\"state\":"),
        snapshot.State.Span,
        out _);

    /// <summary>Null when the bytes are not exactly one snapshot whose hash is right.</summary>
    internal static StoredSnapshot? Parse(ReadOnlyMemory<byte> file)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        if (file.IsEmpty || file.Span[^1] != '\n'
            || !HashedLine.TrySplit(file.Span[..^1], out var content, out var hash)
            || HashedLine.Hash(sha, [], content) != hash)
        {
            return null;
        }

        try
        {
            return Read(file[..content.Length]);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return null; // Not of our form, though its hash is right.
        }
    }

    private static StoredSnapshot? Read(ReadOnlyMemory<byte> content)
    {
        // Up to the state the content is small and flat; the state is taken as it is, not parsed.
        var reader = new Utf8JsonReader(content.Span, isFinalBlock: false, default);
        reader.Read();
        var version = NumberOf(ref reader, "version"u8);
        var position = NumberOf(ref reader, "position"u8);
        var line = TextOf(ref reader, "line"u8);
        var type = TextOf(ref reader, "type"u8);
        if (!IsNext(ref reader, "state"u8) || !LineHash.TryParse(line, out var hash) || !HashedLine.IsType(type)
            || version < 1 || position < 1)
        {
            return null;
        }

        var state = content[(int)reader.BytesConsumed..];
        return new StoredSnapshot(new StreamHead(version, hash, position), type, state);
    }

    private static long NumberOf(ref Utf8JsonReader reader, ReadOnlySpan<byte> name) =>
        IsNext(ref reader, name) && reader.Read() && reader.TryGetInt64(out var value) ? value : -1;

    private static string TextOf(ref Utf8JsonReader reader, ReadOnlySpan<byte> name) =>
        IsNext(ref reader, name) && reader.Read() && reader.TokenType == JsonTokenType.String
            ? Encoding.UTF8.GetString(reader.ValueSpan)
            : "";

    private static bool IsNext(ref Utf8JsonReader reader, ReadOnlySpan<byte> name) =>
        reader.Read() && reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals(name);
}

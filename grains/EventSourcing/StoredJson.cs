using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Vault.Grains.EventSourcing;

/// <summary>How events and snapshots are written as JSON. Part of the stored format.</summary>
internal static class StoredJson
{
    /// <summary>Options for a source-generated context; each context needs its own.</summary>
    /// <remarks>Only what JSON itself demands is escaped, so that addresses and base64 stay readable with jq. Unknown and
    /// missing members are refused: a changed event has a new name.</remarks>
    public static JsonSerializerOptions CreateOptions() => new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        MaxDepth = 16,
        Converters = { new SessionKeyJsonConverter(), new NameTagJsonConverter() },
    };

    /// <summary>A snapshot's JSON, in memory that is nobody else's afterwards.</summary>
    /// <remarks>The serialiser's own buffers come from a pool that would keep twice the longest snapshot of the process for good.</remarks>
    public static ReadOnlyMemory<byte> WriteSnapshot<T>(T snapshot, JsonTypeInfo<T> type, int expectedLength = 4 * 1024)
    {
        var buffer = new ArrayBufferWriter<byte>(expectedLength);
        using var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = type.Options.Encoder, MaxDepth = type.Options.MaxDepth });
        JsonSerializer.Serialize(writer, snapshot, type);
        writer.Flush();
        return buffer.WrittenMemory;
    }
}

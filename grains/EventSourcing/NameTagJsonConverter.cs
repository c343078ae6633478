using System.Text.Json;
using System.Text.Json.Serialization;
using Vault.Grains.Users;

namespace Vault.Grains.EventSourcing;

/// <summary>Name tags are JSON strings in base64, like all bytes.</summary>
internal sealed class NameTagJsonConverter : JsonConverter<NameTag>
{
    public override NameTag Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && reader.TryGetBytesFromBase64(out var bytes)
        && NameTag.TryRead(bytes, out var tag)
            ? tag
            : throw new JsonException("A name tag is 32 bytes in base64.");

    public override void Write(Utf8JsonWriter writer, NameTag value, JsonSerializerOptions options) =>
        writer.WriteBase64StringValue(value.ToArray());
}

using System.Text.Json;
using System.Text.Json.Serialization;
using Vault.Grains.Interfaces;

namespace Vault.Grains.EventSourcing;

/// <summary>Session keys are JSON strings of 64 lower-case hexadecimal digits.</summary>
internal sealed class SessionKeyJsonConverter : JsonConverter<SessionKey>
{
    public override SessionKey Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && SessionKey.TryParse(reader.GetString(), out var key)
            ? key
            : throw new JsonException("A session key is 64 hexadecimal digits.");

    public override void Write(Utf8JsonWriter writer, SessionKey value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}

using System.Text.Json;
using System.Text.Json.Serialization;

namespace Vault.Protocol;

/// <summary>Ids are JSON strings of 32 lower-case hexadecimal digits.</summary>
public sealed class VaultIdJsonConverter<TId> : JsonConverter<TId>
    where TId : struct, IVaultId<TId>
{
    /// <inheritdoc />
    public override TId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && VaultId.TryParse<TId>(reader.GetString(), out var id)
            ? id
            : throw new JsonException($"A {typeof(TId).Name} is 32 lower-case hexadecimal digits.");

    /// <inheritdoc />
    public override void Write(Utf8JsonWriter writer, TId value, JsonSerializerOptions options) =>
        writer.WriteStringValue(VaultId.Format(value));

    /// <inheritdoc />
    public override TId ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        VaultId.TryParse<TId>(reader.GetString(), out var id)
            ? id
            : throw new JsonException($"A {typeof(TId).Name} is 32 lower-case hexadecimal digits.");

    /// <inheritdoc />
    public override void WriteAsPropertyName(Utf8JsonWriter writer, TId value, JsonSerializerOptions options) =>
        writer.WritePropertyName(VaultId.Format(value));
}

using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Vault.Protocol;

namespace Vault.Client;

/// <summary>Reads what a server answers.</summary>
internal static class ReplyJson
{
    /// <summary>Null where the bytes are not exactly one such value.</summary>
    internal static T? TryRead<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type)
        where T : class => ProtocolJson.TryRead(json, type) is { } reply && !HasNullInArray(json) ? reply : null;

    // The serializer refuses null where a member must not be null, yet takes it as an element of a list: no reply has such elements.
    private static bool HasNullInArray(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        ulong arrays = 0; // bit n: the container at depth n is an array; the reader goes 64 deep
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartArray:
                    arrays |= 1UL << reader.CurrentDepth;
                    break;
                case JsonTokenType.StartObject:
                    arrays &= ~(1UL << reader.CurrentDepth);
                    break;
                case JsonTokenType.Null when reader.CurrentDepth > 0 && ((arrays >> (reader.CurrentDepth - 1)) & 1) == 1:
                    return true;
            }
        }

        return false;
    }
}

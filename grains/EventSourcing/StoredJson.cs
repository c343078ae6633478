using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

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
}

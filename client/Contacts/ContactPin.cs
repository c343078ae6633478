using System.Text.Json.Serialization;
using Vault.Protocol;

namespace Vault.Client.Contacts;

/// <summary>What is remembered of a person: enough to know the same keys again, and to follow a change that they signed.</summary>
/// <param name="Profile">SHA-256 of the pinned profile's bytes.</param>
/// <param name="SigningKey">The profile's Ed25519 key, 32 bytes.</param>
/// <param name="VerifiedAt">When the person compared the fingerprint of this very profile; null where not.</param>
/// <param name="Former">Signing keys that the person had before, the latest last; null where there were none.</param>
internal sealed record ContactPin(
    AccountId Account, string Email, int Version, byte[] Profile, byte[] SigningKey, DateTimeOffset FirstSeen, DateTimeOffset? VerifiedAt,
    IReadOnlyList<byte[]>? Former = null)
{
    /// <summary>How many former keys are remembered.</summary>
    public const int MaxFormer = 16;

    /// <summary>All that are known, the present one last.</summary>
    [JsonIgnore]
    public IEnumerable<byte[]> SigningKeys => [.. Former ?? [], SigningKey];
}

/// <summary>A share that was taken back: a server that still shows it must not get it renewed with the next version.</summary>
/// <param name="Number">The highest grant number that was taken back.</param>
internal sealed record RevokedGrant(FileId File, AccountId Recipient, long Number);

/// <summary>What lies sealed in the account.</summary>
/// <param name="Revoked">The latest last.</param>
internal sealed record ContactList(IReadOnlyList<ContactPin> Pins, IReadOnlyList<RevokedGrant> Revoked)
{
    /// <summary>How many revocations are remembered; older ones have mattered long ago.</summary>
    public const int MaxRevoked = 10_000;

    public static ContactList Empty { get; } = new([], []);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true, GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(ContactList))]
internal sealed partial class ContactJson : JsonSerializerContext;

using System.Text.Json;
using System.Text.Json.Serialization;

namespace Vault.Protocol;

/// <summary>What an access key can do. Its holder has the keys for that and no others; the server checks each command too.</summary>
[JsonConverter(typeof(AccessScopeJsonConverter))]
public enum AccessScope
{
    /// <summary>Everything with files, shares and contacts; nothing with the account itself.</summary>
    All,

    /// <summary>Names and contents of files, one's own and received. No key that signs.</summary>
    ReadOnly,

    /// <summary>New files and versions. No key that opens anything.</summary>
    SendOnly,
}

/// <summary>Writes scopes in snake case and refuses numbers.</summary>
public sealed class AccessScopeJsonConverter()
    : JsonStringEnumConverter<AccessScope>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false);

/// <summary>Lists an access key. Sent again unchanged it is done already.</summary>
/// <param name="Key">Chosen by the client.</param>
/// <param name="Name">What people call it, 1 to 100 characters.</param>
/// <param name="PublicKey">The X25519 key that its connections prove, 32 bytes.</param>
/// <param name="SealedKeys">The keys for its scope, sealed under a secret that only its holder has; 1 to <see cref="MaxSealedLength"/> bytes.</param>
/// <param name="ExpiresAt">When it ends by itself, at most <see cref="MaxYears"/> years from now.</param>
public sealed record NewAccessKeyRequest(
    AccessKeyId Key, string Name, AccessScope Scope, byte[] PublicKey, byte[] SealedKeys, DateTimeOffset ExpiresAt)
{
    /// <summary>The longest sealed keys accepted, in bytes.</summary>
    public const int MaxSealedLength = 64 * 1024;

    /// <summary>The longest name, in characters; and the longest life, in years.</summary>
    public const int MaxNameLength = 100, MaxYears = 10;

    /// <summary>Without its contents: a call that failed is logged with its arguments.</summary>
    public override string ToString() => nameof(NewAccessKeyRequest);
}

/// <summary>An access key in the account's list.</summary>
/// <param name="LastUsedAt">When it last signed in, as far as an hour exactly; null for never.</param>
/// <param name="LastAddress">From which network address.</param>
public sealed record AccessKeyEntry(
    AccessKeyId Key, string Name, AccessScope Scope, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt,
    DateTimeOffset? LastUsedAt, string? LastAddress);

/// <summary>The account's access keys, expired ones too, the oldest first.</summary>
public sealed record AccessKeysReply(IReadOnlyList<AccessKeyEntry> Keys);

/// <summary>What the holder of an access key gets, whose connection proves the key and names the account.</summary>
/// <param name="Email">The account's address.</param>
/// <param name="SealedKeys">As they were stored.</param>
/// <param name="Profile">The account's own profile as the server publishes it.</param>
public sealed record AccessReply(
    AccountId Account, string Email, AccessKeyId Key, AccessScope Scope, byte[] SealedKeys, SignedProfile Profile,
    DateTimeOffset ExpiresAt);

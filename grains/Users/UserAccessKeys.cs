using System.Collections.Immutable;
using Vault.Grains.Interfaces;
using Vault.Protocol;

namespace Vault.Grains.Users;

/// <summary>A key that signs in without a password.</summary>
/// <param name="Key">What its connections prove.</param>
/// <param name="SealedHash">SHA-256 of the blob with the keys of its scope.</param>
internal sealed record AccessKey(
    AccessKeyId Id, SessionKey Key, string Name, AccessScope Scope, byte[] SealedHash, DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt, DateTimeOffset? LastUsedAt, string? LastAddress)
{
    /// <summary>Whether the scope includes what a command needs.</summary>
    public bool Allows(AccessRight right) => Scope switch
    {
        AccessScope.All => true,
        AccessScope.ReadOnly => right == AccessRight.Read,
        AccessScope.SendOnly => right == AccessRight.Send,
        _ => false,
    };

    /// <summary>As people see it.</summary>
    public AccessKeyEntry ToEntry() => new(Id, Name, Scope, CreatedAt, ExpiresAt, LastUsedAt, LastAddress);
}

/// <summary>The account's access keys, expired ones too until they are removed.</summary>
internal sealed record UserAccessKeys(ImmutableDictionary<SessionKey, AccessKey> ByKey)
{
    /// <summary>How many an account has at most.</summary>
    public const int MaxCount = 100;

    /// <summary>None.</summary>
    public static UserAccessKeys Empty { get; } = new(ImmutableDictionary<SessionKey, AccessKey>.Empty);

    /// <summary>The key that a connection proves, if it has not expired.</summary>
    public AccessKey? Find(SessionKey key, DateTimeOffset now) =>
        ByKey.TryGetValue(key, out var found) && found.ExpiresAt > now ? found : null;

    /// <summary>The key with this id.</summary>
    public AccessKey? Find(AccessKeyId id) => ByKey.Values.FirstOrDefault(key => key.Id == id);

    public UserAccessKeys Apply(AccessKeyAdded added) => new(ByKey.SetItem(added.Key, new AccessKey(
        added.Id, added.Key, added.Name, added.Scope, added.SealedHash, added.CreatedAt, added.ExpiresAt, null, null)));

    public UserAccessKeys Apply(AccessKeyUsed used) => Find(used.Id) is { } key
        ? new(ByKey.SetItem(key.Key, key with { LastUsedAt = used.At, LastAddress = used.Address }))
        : this;

    public UserAccessKeys Apply(AccessKeyRemoved removed) =>
        Find(removed.Id) is { } key ? new(ByKey.Remove(key.Key)) : this;
}

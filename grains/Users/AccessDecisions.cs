using Vault.Grains.EventSourcing;
using Vault.Grains.Interfaces;
using Vault.Protocol;

namespace Vault.Grains.Users;

/// <summary>What is decided of access keys. Pure.</summary>
internal static class AccessDecisions
{
    // When a key was last used is known to the hour: a job that runs every minute does not fill the account's stream.
    private static readonly TimeSpan UseInterval = TimeSpan.FromHours(1);

    /// <summary>Lists a key. The same again is already so.</summary>
    public static Decision<UserEvent> Add(UserState state, AccessKeyAdded wanted)
    {
        if (state.AccessKeys.Find(wanted.Id) is { } same)
        {
            return same.Key == wanted.Key && same.Scope == wanted.Scope && same.SealedHash.AsSpan().SequenceEqual(wanted.SealedHash)
                ? Decision<UserEvent>.Nothing
                : new Problem(ErrorCode.Conflict, "This id belongs to another access key. Send with a new one.");
        }

        if (state.AccessKeys.ByKey.ContainsKey(wanted.Key) || state.Sessions.Running.ContainsKey(wanted.Key))
        {
            return new Problem(ErrorCode.Conflict, "This key is in use already. Make another one.");
        }

        return state.AccessKeys.ByKey.Count >= UserAccessKeys.MaxCount
            ? new Problem(ErrorCode.NotPermitted, $"An account has {UserAccessKeys.MaxCount} access keys at most. Remove some first.")
            : wanted;
    }

    /// <summary>Ends a key; nothing where there is none.</summary>
    public static Decision<UserEvent> Remove(UserState state, AccessKeyId id) =>
        state.AccessKeys.Find(id) is null ? Decision<UserEvent>.Nothing : new AccessKeyRemoved(id);

    /// <summary>Notes that a key signed in.</summary>
    public static Decision<UserEvent> Use(UserState state, SessionKey key, string address, DateTimeOffset now) =>
        state.AccessKeys.Find(key, now) is { } used
            && (used.LastUsedAt is not { } last || last + UseInterval <= now || used.LastAddress != address)
            ? new AccessKeyUsed(used.Id, now, address)
            : Decision<UserEvent>.Nothing;

    /// <summary>
    /// Whether the manifest of a send is signed by who sends: a session and a key for everything by the account's own key,
    /// a send-only key by the one that was certified for it. What the certificate says is checked where the file's stream is.
    /// </summary>
    /// <param name="key">The access key that the send comes with; null for a session.</param>
    public static Problem? CheckSigner(AccessKey? key, CommitSendRequest commit, byte[] signingKey, DateTimeOffset now)
    {
        if (key is not { Scope: AccessScope.SendOnly })
        {
            return commit.Manifest.Certificate is null ? null : Invalid("The manifest is not signed by the owner's key.");
        }

        if (commit.Shares is not null)
        {
            return new Problem(ErrorCode.NotPermitted, "A send-only access key cannot say who has a file.");
        }

        return commit.Manifest.Certificate?.Verify(signingKey) is { } certificate && certificate.Key == key.Id && certificate.ExpiresAt > now
            ? null
            : Invalid("The manifest is not signed by the key that was certified for this access key.");
    }

    /// <summary>Why a key may not do something.</summary>
    public static Problem NotInScope(AccessKey key) => new(ErrorCode.NotPermitted, key.Scope switch
    {
        AccessScope.ReadOnly => "This access key can only read.",
        AccessScope.SendOnly => "This access key can only send.",
        _ => "An access key cannot do this.",
    });

    private static Problem Invalid(string detail) => new(ErrorCode.InvalidRequest, detail);
}

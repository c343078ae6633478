using Vault.Cryptography.Opaque;
using Vault.Grains.Interfaces;
using Vault.Protocol;

namespace Vault.Grains.SignIn;

/// <summary>A login between KE2 and KE3, or between KE3 and the one-time code.</summary>
/// <param name="Generation">The account's OPAQUE record that it runs on.</param>
/// <param name="HandshakeHash">Of the connection that it began on.</param>
/// <param name="Opaque">What the server keeps of the key exchange; owned, and zeroed with this. Null once KE3 was accepted.</param>
/// <param name="Attempt">The bucket that it drew on.</param>
internal sealed record PendingLogin(
    EmailAddress Email, int Generation, byte[] HandshakeHash, OpaqueServerState? Opaque, AttemptBucket Attempt,
    DateTimeOffset ExpiresAt)
    : IDisposable
{
    public void Dispose() => Opaque?.Dispose();
}

/// <summary>The logins under way in one account: one for each connection, bounded.</summary>
internal sealed class PendingLogins(AttemptLimits limits) : IDisposable
{
    // In the order in which they began, and so expire.
    private readonly LinkedList<(SessionKey Key, PendingLogin Login)> _logins = [];

    /// <summary>Whether any is kept.</summary>
    public bool IsEmpty => _logins.Count == 0;

    /// <summary>Keeps a login; another one of the same connection, and the oldest of too many, end here.</summary>
    public void Add(SessionKey key, PendingLogin login)
    {
        Remove(key)?.Dispose();
        while (_logins.Count >= limits.MaxPending)
        {
            DropFirst();
        }

        _logins.AddLast((key, login));
    }

    /// <summary>The connection's login, which is no longer kept: the caller owns it. Null where there is none.</summary>
    public PendingLogin? Take(SessionKey key, DateTimeOffset now)
    {
        DropExpired(now);
        return Remove(key);
    }

    /// <summary>The connection's login, which stays kept. Null where there is none.</summary>
    public PendingLogin? Find(SessionKey key, DateTimeOffset now)
    {
        DropExpired(now);
        return _logins.FirstOrDefault(entry => entry.Key == key).Login;
    }

    /// <summary>Zeroes those that have waited too long.</summary>
    public void DropExpired(DateTimeOffset now)
    {
        while (_logins.First is { } first && first.Value.Login.ExpiresAt <= now)
        {
            DropFirst();
        }
    }

    /// <summary>Zeroes all.</summary>
    public void Dispose()
    {
        while (_logins.Count > 0)
        {
            DropFirst();
        }
    }

    private PendingLogin? Remove(SessionKey key)
    {
        for (var node = _logins.First; node is not null; node = node.Next)
        {
            if (node.Value.Key == key)
            {
                _logins.Remove(node);
                return node.Value.Login;
            }
        }

        return null;
    }

    private void DropFirst()
    {
        _logins.First?.Value.Login.Dispose();
        _logins.RemoveFirst();
    }
}

using Vault.Gateway.Channel;
using Vault.Grains.Interfaces;
using Vault.Protocol;

namespace Vault.Gateway;

/// <summary>What a connection claims: the static key its handshake proved, and whose session that is said to be.</summary>
internal sealed class ConnectionClaims
{
    private readonly Lock _lock = new();
    private AccountId? _account;
    private int _counted;

    public ConnectionClaims(INoiseConnectionFeature noise)
    {
        HandshakeHash = noise.HandshakeHash.ToArray();
        SessionKey.TryRead(noise.RemoteStaticKey.Span, out var key); // always 32 bytes
        SessionKey = key;
        _account = VaultId.TryRead<AccountId>(noise.Payload.Span, out var account) ? account : null;
    }

    public byte[] HandshakeHash { get; }

    public SessionKey SessionKey { get; }

    /// <summary>The account named in handshake message 3, or the one that logged in over this connection.</summary>
    public AccountId? Account
    {
        get
        {
            lock (_lock)
            {
                return _account;
            }
        }

        set
        {
            lock (_lock)
            {
                _account = value;
            }
        }
    }

    /// <summary>True for the first asker since the claim was made, or last refuted: that one counts as a stranger's request.</summary>
    public bool TryCount() => Interlocked.Exchange(ref _counted, 1) == 0;

    /// <summary>The account's grain knows of no such session, or the request was not let through: the next one counts again.</summary>
    public void Refute() => Volatile.Write(ref _counted, 0);
}

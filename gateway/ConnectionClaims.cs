using Vault.Gateway.Channel;
using Vault.Grains.Interfaces;
using Vault.Protocol;

namespace Vault.Gateway;

/// <summary>What a connection claims: the static key its handshake proved, and whose session that is said to be.</summary>
internal sealed class ConnectionClaims
{
    private readonly Lock _lock = new();
    private AccountId? _account;

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
}

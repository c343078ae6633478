using Vault.Gateway.Channel;
using Vault.Grains.Interfaces;
using Vault.Protocol;

namespace Vault.Gateway;

/// <summary>What a connection claims: the static key its handshake proved, and whose session that is said to be.</summary>
internal sealed class ConnectionClaims
{
    private static readonly Task<Problem?> Confirmed = Task.FromResult<Problem?>(null);

    private readonly Lock _lock = new();
    private AccountId? _account;
    private Task<Problem?>? _asked; // what the account's grain says of the claim; null while it was not asked

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
                _asked = null;
            }
        }
    }

    /// <summary>Whether the account's grain has confirmed the claim, and has not refuted it since.</summary>
    public bool IsConfirmed
    {
        get
        {
            lock (_lock)
            {
                return _asked == Confirmed;
            }
        }
    }

    /// <summary>Has the account's grain asked, once for all who wait for it; a claim that it confirmed is not asked for again.</summary>
    /// <param name="ask">Asks. What it throws at once is its own asker's alone: the next one asks for itself.</param>
    /// <returns>Why the claim is none; null where it is confirmed.</returns>
    public async Task<Problem?> ConfirmAsync(Func<Task<Problem?>> ask)
    {
        Task<Problem?> asked;
        lock (_lock)
        {
            asked = _asked ??= ask();
        }

        try
        {
            var refusal = await asked;
            Settle(asked, refusal is null ? Confirmed : null);
            return refusal;
        }
        catch
        {
            Settle(asked, null);
            throw;
        }
    }

    /// <summary>The account's grain knows of no such session any more: whoever asks next asks it anew.</summary>
    public void Refute() => Settle(Confirmed, null); // a question that is under way stays one

    private void Settle(Task<Problem?> asked, Task<Problem?>? answer)
    {
        lock (_lock)
        {
            _asked = _asked == asked ? answer : _asked;
        }
    }
}

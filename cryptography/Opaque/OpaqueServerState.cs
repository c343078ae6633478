using System.Security.Cryptography;
using Vault.Cryptography.Primitives;

namespace Vault.Cryptography.Opaque;

/// <summary>One pending login between KE2 and KE3: good for one answer, then zeroed. Kept in memory only.</summary>
public sealed class OpaqueServerState : IDisposable
{
    private readonly SecretBytes _expectedMac;
    private readonly SecretBytes _sessionKey;
    private readonly bool _isKnown;
    private int _used;

    internal OpaqueServerState(ReadOnlySpan<byte> expectedMac, ReadOnlySpan<byte> sessionKey, bool isKnown)
    {
        _expectedMac = new SecretBytes(expectedMac);
        _sessionKey = new SecretBytes(sessionKey);
        _isKnown = isKnown;
    }

    /// <summary>Zeroes the secrets; a KE3 that comes later is refused.</summary>
    public void Dispose()
    {
        // Whoever marks the state as used also zeroes it, so a dispose on another thread cannot pull the keys away.
        if (TryClaim())
        {
            Clear();
        }
    }

    /// <summary>
    /// The session key if <paramref name="ke3"/> is the expected MAC, else null; the state is spent in both cases.
    /// </summary>
    /// <exception cref="CryptographyException">The state was used or disposed before.</exception>
    internal SecretBytes? Finish(ReadOnlySpan<byte> ke3)
    {
        if (!TryClaim())
        {
            throw new CryptographyException(CryptographyError.ProtocolOrder, "This login was already answered.");
        }

        try
        {
            var proven = CryptographicOperations.FixedTimeEquals(ke3, _expectedMac.Span);
            // No account, no login: holds even for someone who has the fake-record key.
            return proven & _isKnown ? _sessionKey.Copy() : null;
        }
        finally
        {
            Clear();
        }
    }

    private bool TryClaim() => Interlocked.Exchange(ref _used, 1) == 0;

    private void Clear()
    {
        _expectedMac.Dispose();
        _sessionKey.Dispose();
    }
}

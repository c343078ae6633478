using Vault.Cryptography.Primitives;

namespace Vault.Cryptography.Opaque;

/// <summary>A password and the blind it was sent under. Owned by the state of the flow that it belongs to.</summary>
internal sealed class BlindedPassword : IDisposable
{
    private readonly SecretBytes _password;
    private readonly SecretBytes _blind = new(OpaqueSuite.ScalarLength);
    private int _used;

    internal BlindedPassword(ReadOnlySpan<byte> password, RandomSource random)
    {
        FieldHash.RequireFits(password.Length, nameof(password));
        _password = new SecretBytes(password);
        random(OpaqueRandomness.Blind, _blind.Span);
    }

    public void Dispose()
    {
        _password.Dispose();
        _blind.Dispose();
    }

    internal void WriteBlinded(Span<byte> blindedMessage) => Oprf.Blind(blindedMessage, _password.Span, _blind.Span);

    /// <summary>The OPRF's output, 64 bytes, which the caller disposes.</summary>
    internal SecretBytes Finalize(ReadOnlySpan<byte> evaluatedMessage)
    {
        var output = new SecretBytes(OpaqueSuite.HashLength);
        try
        {
            Oprf.Finalize(output.Span, _password.Span, _blind.Span, evaluatedMessage);
            return output;
        }
        catch
        {
            output.Dispose();
            throw;
        }
    }

    /// <summary>Marks the flow as answered.</summary>
    /// <exception cref="CryptographyException">It was answered before.</exception>
    internal void Claim()
    {
        if (Interlocked.Exchange(ref _used, 1) != 0)
        {
            throw new CryptographyException(CryptographyError.ProtocolOrder, "This exchange was already finished.");
        }
    }
}

/// <summary>A registration between request and response: good for one response, then zeroed.</summary>
public sealed class OpaqueRegistrationState : IDisposable
{
    internal OpaqueRegistrationState(BlindedPassword password) => Password = password;

    internal BlindedPassword Password { get; }

    /// <summary>Zeroes the password and the blind.</summary>
    public void Dispose() => Password.Dispose();
}

/// <summary>A login between KE1 and KE2: good for one KE2, then zeroed.</summary>
public sealed class OpaqueLoginState : IDisposable
{
    internal OpaqueLoginState(BlindedPassword password) => Password = password;

    internal BlindedPassword Password { get; }

    internal SecretBytes KeysharePrivate { get; } = new(OpaqueSuite.ScalarLength);

    internal byte[] Ke1 { get; } = new byte[OpaqueSuite.Ke1Length];

    /// <summary>Zeroes the password, the blind and the ephemeral private key.</summary>
    public void Dispose()
    {
        Password.Dispose();
        KeysharePrivate.Dispose();
    }
}

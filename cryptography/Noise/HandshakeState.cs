using System.Security.Cryptography;
using Vault.Cryptography.Primitives;

namespace Vault.Cryptography.Noise;

/// <summary>One side of a handshake, <see href="https://noiseprotocol.org/noise.html#the-handshakestate-object">Noise section 5.3</see>.</summary>
/// <remarks>Write and read messages in turn until <see cref="IsComplete"/>; then <see cref="Split"/>. Any exception ends the handshake.</remarks>
public sealed class HandshakeState : IDisposable
{
    private readonly NoiseProtocol _protocol;
    private readonly bool _initiator;
    private readonly SymmetricState _symmetric;
    private readonly SecretBytes? _s;
    private readonly SecretBytes _e;
    private readonly SecretBytes? _psk;
    private readonly byte[] _re = new byte[NoiseProtocol.KeyLength];
    private readonly byte[] _rs = new byte[NoiseProtocol.KeyLength];
    private int _message;
    private bool _failed;

    /// <summary>Initialize(handshake_pattern, initiator, prologue, s, …).</summary>
    /// <param name="protocol">The pattern and its name.</param>
    /// <param name="initiator">Whether this side writes the first message.</param>
    /// <param name="prologue">What both sides must agree on before they begin.</param>
    /// <param name="staticKey">s, 32 bytes, copied; only where the pattern has static keys.</param>
    /// <param name="psk">The pre-shared key, 32 bytes, copied; only where the pattern has one.</param>
    public HandshakeState(
        NoiseProtocol protocol, bool initiator, ReadOnlySpan<byte> prologue,
        ReadOnlySpan<byte> staticKey = default, ReadOnlySpan<byte> psk = default)
        : this(protocol, initiator, prologue, staticKey, psk, SecretBytes.Random(NoiseProtocol.KeyLength))
    {
    }

    /// <summary>As above with the ephemeral key given, for published vectors.</summary>
    internal HandshakeState(
        NoiseProtocol protocol, bool initiator, ReadOnlySpan<byte> prologue,
        ReadOnlySpan<byte> staticKey, ReadOnlySpan<byte> psk, SecretBytes ephemeralKey)
    {
        ArgumentNullException.ThrowIfNull(protocol);
        Require.Length(staticKey, protocol.UsesPsk ? 0 : NoiseProtocol.KeyLength);
        Require.Length(psk, protocol.UsesPsk ? NoiseProtocol.PskLength : 0);
        _protocol = protocol;
        _initiator = initiator;
        _e = ephemeralKey;
        _s = protocol.UsesPsk ? null : new SecretBytes(staticKey);
        _psk = protocol.UsesPsk ? new SecretBytes(psk) : null;
        _symmetric = new SymmetricState(protocol.Name);
        _symmetric.MixHash(prologue);
    }

    /// <summary>Whether all messages were exchanged.</summary>
    public bool IsComplete => _message == _protocol.Messages.Length;

    /// <summary>Whether the next message is this side's to write.</summary>
    public bool IsMyTurn => !IsComplete && _message % 2 == (_initiator ? 0 : 1);

    /// <summary>h: unique to this handshake once it is complete (section 11.2).</summary>
    public ReadOnlySpan<byte> HandshakeHash => _symmetric.HandshakeHash;

    /// <summary>rs: the peer's static key, once its message was read.</summary>
    public ReadOnlySpan<byte> RemoteStaticKey => _rs;

    /// <summary>WriteMessage(payload, message_buffer).</summary>
    /// <returns>The message's length.</returns>
    public int WriteMessage(Span<byte> message, ReadOnlySpan<byte> payload)
    {
        Begin(write: true);
        Span<byte> publicKey = stackalloc byte[NoiseProtocol.KeyLength];
        var length = 0;
        foreach (var token in _protocol.Messages[_message])
        {
            switch (token)
            {
                case NoiseToken.E:
                    X25519.PublicKey(message.Slice(length, NoiseProtocol.KeyLength), _e.Span);
                    MixEphemeral(message.Slice(length, NoiseProtocol.KeyLength));
                    length += NoiseProtocol.KeyLength;
                    break;
                case NoiseToken.S:
                    X25519.PublicKey(publicKey, Static.Span);
                    length += _symmetric.EncryptAndHash(message[length..], publicKey);
                    break;
                default:
                    MixToken(token);
                    break;
            }
        }

        length += _symmetric.EncryptAndHash(message[length..], payload);
        End();
        return length;
    }

    /// <summary>ReadMessage(message, payload_buffer).</summary>
    /// <returns>The payload's length.</returns>
    /// <exception cref="CryptographyException">The message is malformed, not authentic, or for another handshake.</exception>
    public int ReadMessage(Span<byte> payload, ReadOnlySpan<byte> message)
    {
        Begin(write: false);
        foreach (var token in _protocol.Messages[_message])
        {
            switch (token)
            {
                case NoiseToken.E:
                    Take(ref message, NoiseProtocol.KeyLength).CopyTo(_re);
                    MixEphemeral(_re);
                    break;
                case NoiseToken.S:
                    _symmetric.DecryptAndHash(_rs, Take(ref message, NoiseProtocol.KeyLength + _symmetric.Overhead));
                    break;
                default:
                    MixToken(token);
                    break;
            }
        }

        if (message.Length < _symmetric.Overhead || message.Length - _symmetric.Overhead > payload.Length)
        {
            throw new CryptographyException(CryptographyError.InvalidEncoding, "The Noise handshake payload has a wrong length.");
        }

        var length = _symmetric.DecryptAndHash(payload, message);
        End();
        return length;
    }

    /// <summary>Split(): what this side sends with and receives with.</summary>
    /// <exception cref="CryptographyException">The handshake is not complete.</exception>
    public (CipherState Send, CipherState Receive) Split()
    {
        if (!IsComplete || _failed)
        {
            throw new CryptographyException(CryptographyError.ProtocolOrder, "The Noise handshake is not complete.");
        }

        var (initiator, responder) = _symmetric.Split();
        return _initiator ? (initiator, responder) : (responder, initiator);
    }

    /// <summary>Zeroes every key.</summary>
    public void Dispose()
    {
        _s?.Dispose();
        _e.Dispose();
        _psk?.Dispose();
        _symmetric.Dispose();
    }

    private SecretBytes Static => _s ?? throw new InvalidOperationException("This pattern has no static keys.");

    // A state that failed once stays failed: it must not be tried with another message.
    private void Begin(bool write)
    {
        if (_failed || IsComplete || IsMyTurn != write)
        {
            throw new CryptographyException(CryptographyError.ProtocolOrder, "This Noise message is out of turn.");
        }

        _failed = true;
    }

    private void End()
    {
        _failed = false;
        _message++;
    }

    // Section 9.2: with a PSK the ephemeral key is mixed into the key too.
    private void MixEphemeral(ReadOnlySpan<byte> publicKey)
    {
        _symmetric.MixHash(publicKey);
        if (_protocol.UsesPsk)
        {
            _symmetric.MixKey(publicKey);
        }
    }

    private void MixToken(NoiseToken token)
    {
        switch (token)
        {
            case NoiseToken.EE:
                MixDh(_e, _re);
                break;
            case NoiseToken.ES:
                MixDh(_initiator ? _e : Static, _initiator ? _rs : _re);
                break;
            case NoiseToken.SE:
                MixDh(_initiator ? Static : _e, _initiator ? _re : _rs);
                break;
            case NoiseToken.Psk:
                _symmetric.MixKeyAndHash(_psk!.Span); // the constructor requires it where the pattern has this token
                break;
            default:
                throw new InvalidOperationException($"{token} mixes nothing.");
        }
    }

    private void MixDh(SecretBytes privateKey, ReadOnlySpan<byte> publicKey)
    {
        Span<byte> shared = stackalloc byte[NoiseProtocol.KeyLength];
        try
        {
            X25519.SharedSecret(shared, privateKey.Span, publicKey);
            _symmetric.MixKey(shared);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(shared);
        }
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> message, int length)
    {
        if (message.Length < length)
        {
            throw new CryptographyException(CryptographyError.InvalidEncoding, "The Noise handshake message is too short.");
        }

        var taken = message[..length];
        message = message[length..];
        return taken;
    }
}

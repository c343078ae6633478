using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Text;
using Vault.Cryptography;
using Vault.Cryptography.Noise;

namespace Vault.Protocol.Channel;

/// <summary>What a finished handshake leaves.</summary>
/// <param name="Pipe">The encrypted pipe.</param>
/// <param name="HandshakeHash">h, 32 bytes, unique to this connection.</param>
/// <param name="RemoteStaticKey">The peer's static key, 32 bytes; all zero with a pre-shared key.</param>
/// <param name="Payload">What the initiator put into its last message.</param>
public sealed record NoiseChannel(
    NoiseDuplexPipe Pipe, ReadOnlyMemory<byte> HandshakeHash, ReadOnlyMemory<byte> RemoteStaticKey, ReadOnlyMemory<byte> Payload);

/// <summary>Runs a handshake over a transport: each message has its length in front, 2 bytes, big-endian.</summary>
/// <remarks>The caller bounds the time with the cancellation token.</remarks>
public static class NoiseHandshake
{
    /// <summary>The longest payload of the initiator's last message, in bytes.</summary>
    public const int MaxPayloadLength = 64;

    private const int MaxMessageLength = 512; // the longest is message 2 or 3 of XX with a payload: under 200 bytes

    private static readonly byte[] ClientPrologue = Encoding.ASCII.GetBytes("Vault/1");
    private static readonly byte[] ClusterPrologue = Encoding.ASCII.GetBytes("Vault/1 cluster");

    /// <summary>XX as the client.</summary>
    /// <param name="transport">The connection.</param>
    /// <param name="staticKey">This side's private key, 32 bytes.</param>
    /// <param name="payload">For message 3, at most <see cref="MaxPayloadLength"/> bytes.</param>
    /// <param name="acceptServerKey">Judges the server's static key; before it says yes nothing that names the client was sent.</param>
    /// <param name="cancellationToken">Bounds the handshake.</param>
    /// <exception cref="ChannelException">The handshake failed, or the key was refused.</exception>
    public static async Task<NoiseChannel> InitiateAsync(
        IDuplexPipe transport, ReadOnlyMemory<byte> staticKey, ReadOnlyMemory<byte> payload,
        Func<ReadOnlyMemory<byte>, bool> acceptServerKey, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(acceptServerKey);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(payload.Length, MaxPayloadLength);
        using var state = new HandshakeState(NoiseProtocol.XX, initiator: true, ClientPrologue, staticKey.Span);
        await WriteAsync(transport, state, default, cancellationToken).ConfigureAwait(false);
        await ReadAsync(transport, state, maxPayload: 0, cancellationToken).ConfigureAwait(false);
        var serverKey = state.RemoteStaticKey.ToArray();
        if (!acceptServerKey(serverKey))
        {
            throw new ChannelException(ChannelError.ServerKeyRefused, "The server's key is not the one expected.") { ServerKey = serverKey };
        }

        await WriteAsync(transport, state, payload, cancellationToken).ConfigureAwait(false);
        return Finish(transport, state, payload);
    }

    /// <summary>XX as the server.</summary>
    /// <exception cref="ChannelException">The handshake failed.</exception>
    public static async Task<NoiseChannel> RespondAsync(
        IDuplexPipe transport, ReadOnlyMemory<byte> staticKey, CancellationToken cancellationToken)
    {
        using var state = new HandshakeState(NoiseProtocol.XX, initiator: false, ClientPrologue, staticKey.Span);
        await ReadAsync(transport, state, maxPayload: 0, cancellationToken).ConfigureAwait(false);
        await WriteAsync(transport, state, default, cancellationToken).ConfigureAwait(false);
        var payload = await ReadAsync(transport, state, MaxPayloadLength, cancellationToken).ConfigureAwait(false);
        return Finish(transport, state, payload);
    }

    /// <summary>NNpsk0 on either side, for the cluster's own connections.</summary>
    /// <exception cref="ChannelException">The handshake failed: the peer has another key.</exception>
    public static async Task<NoiseChannel> WithPskAsync(
        IDuplexPipe transport, ReadOnlyMemory<byte> psk, bool initiator, CancellationToken cancellationToken)
    {
        using var state = new HandshakeState(NoiseProtocol.NNpsk0, initiator, ClusterPrologue, psk: psk.Span);
        while (!state.IsComplete)
        {
            if (state.IsMyTurn)
            {
                await WriteAsync(transport, state, default, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                await ReadAsync(transport, state, maxPayload: 0, cancellationToken).ConfigureAwait(false);
            }
        }

        return Finish(transport, state, default);
    }

    private static NoiseChannel Finish(IDuplexPipe transport, HandshakeState state, ReadOnlyMemory<byte> payload)
    {
        var (send, receive) = state.Split();
        return new NoiseChannel(
            new NoiseDuplexPipe(transport, send, receive), state.HandshakeHash.ToArray(), state.RemoteStaticKey.ToArray(), payload);
    }

    private static async Task WriteAsync(
        IDuplexPipe transport, HandshakeState state, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        Write(transport.Output, state, payload.Span);
        await transport.Output.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    private static void Write(PipeWriter output, HandshakeState state, ReadOnlySpan<byte> payload)
    {
        Span<byte> message = stackalloc byte[MaxMessageLength];
        var length = WriteMessage(state, message, payload);
        var memory = output.GetSpan(NoiseRecord.LengthLength + length);
        BinaryPrimitives.WriteUInt16BigEndian(memory, (ushort)length);
        message[..length].CopyTo(memory[NoiseRecord.LengthLength..]);
        output.Advance(NoiseRecord.LengthLength + length);
    }

    // The responder first uses the peer's key when it answers: one of low order, which gives no secret, is found here.
    private static int WriteMessage(HandshakeState state, Span<byte> message, ReadOnlySpan<byte> payload)
    {
        try
        {
            return state.WriteMessage(message, payload);
        }
        catch (CryptographyException error)
        {
            throw new ChannelException(ChannelError.HandshakeFailed, "The peer's handshake does not verify.", error);
        }
    }

    private static async Task<byte[]> ReadAsync(
        IDuplexPipe transport, HandshakeState state, int maxPayload, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await transport.Input.ReadAsync(cancellationToken).ConfigureAwait(false);
            var consumed = read.Buffer.Start;
            try
            {
                if (TryRead(read.Buffer, state, maxPayload, out var payload, out consumed))
                {
                    return payload;
                }

                if (read.IsCompleted || read.IsCanceled)
                {
                    throw new ChannelException(ChannelError.HandshakeFailed, "The connection ended inside the handshake.");
                }
            }
            finally
            {
                transport.Input.AdvanceTo(consumed, consumed.Equals(read.Buffer.Start) ? read.Buffer.End : consumed);
            }
        }
    }

    private static bool TryRead(
        in ReadOnlySequence<byte> buffer, HandshakeState state, int maxPayload, out byte[] payload, out SequencePosition consumed)
    {
        payload = [];
        consumed = buffer.Start;
        var reader = new SequenceReader<byte>(buffer);
        if (!reader.TryReadBigEndian(out short signed))
        {
            return false;
        }

        int length = unchecked((ushort)signed);
        if (length > MaxMessageLength)
        {
            throw new ChannelException(ChannelError.HandshakeFailed, "The peer sent something that is no handshake.");
        }

        if (reader.Remaining < length)
        {
            return false;
        }

        Span<byte> message = stackalloc byte[length];
        reader.TryCopyTo(message);
        reader.Advance(length);
        Span<byte> opened = stackalloc byte[MaxPayloadLength];
        try
        {
            payload = opened[..state.ReadMessage(opened[..maxPayload], message)].ToArray();
        }
        catch (CryptographyException error)
        {
            throw new ChannelException(ChannelError.HandshakeFailed, "The peer's handshake does not verify.", error);
        }

        consumed = reader.Position;
        return true;
    }
}

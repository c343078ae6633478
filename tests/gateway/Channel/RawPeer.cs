using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using Vault.Cryptography.Noise;
using Vault.Cryptography.Primitives;

namespace Vault.Gateway.Tests.Channel;

/// <summary>A client that a test leads by hand, message by message.</summary>
internal sealed class RawPeer : IDisposable
{
    private readonly TcpClient _client = new() { NoDelay = true };
    private readonly HandshakeState _state;
    private NetworkStream _stream = null!; // set by ConnectAsync, the only way here

    private RawPeer()
    {
        using var key = SecretBytes.Random(X25519.KeyLength);
        _state = new HandshakeState(NoiseProtocol.XX, initiator: true, Encoding.ASCII.GetBytes("Vault/1"), key.Span);
    }

    public CipherState Send { get; private set; } = null!; // set by FinishAsync

    public CipherState Receive { get; private set; } = null!; // set by FinishAsync

    public static async Task<RawPeer> ConnectAsync(int port)
    {
        var peer = new RawPeer();
        await peer._client.ConnectAsync("127.0.0.1", port);
        peer._stream = peer._client.GetStream(); // kept: a socket that was reset gives none
        return peer;
    }

    /// <summary>The next handshake message that is this side's to send.</summary>
    public byte[] NextMessage(int payloadLength = 0)
    {
        var message = new byte[1_024];
        return message[.._state.WriteMessage(message, new byte[payloadLength])];
    }

    /// <summary>Sends message 1 and reads message 2: message 3 is next.</summary>
    public async Task BeginAsync()
    {
        await WriteAsync(Framed(NextMessage()));
        var message2 = await ReadMessageAsync();
        _state.ReadMessage([], message2);
    }

    /// <summary>The whole handshake.</summary>
    public async Task FinishAsync()
    {
        await BeginAsync();
        await WriteAsync(Framed(NextMessage()));
        (Send, Receive) = _state.Split();
    }

    public byte[] Seal(ReadOnlySpan<byte> plaintext)
    {
        var message = new byte[plaintext.Length + NoiseProtocol.TagLength];
        Send.EncryptWithAd(message, [], plaintext);
        return message;
    }

    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes) => _stream.WriteAsync(bytes);

    /// <summary>False where the server has closed already.</summary>
    public async Task<bool> TryWriteAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await WriteAsync(bytes);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Nothing more will be sent.</summary>
    public void EndWriting()
    {
        try
        {
            _client.Client.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The server has closed already.
        }
    }

    public async Task<byte[]> ReadMessageAsync()
    {
        using var patience = new CancellationTokenSource(NoiseApp.Patience);
        var length = new byte[2];
        await _stream.ReadExactlyAsync(length, patience.Token);
        var message = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
        await _stream.ReadExactlyAsync(message, patience.Token);
        return message;
    }

    /// <summary>Waits until the server has closed; returns how many bytes came before.</summary>
    public async Task<long> UntilClosedAsync()
    {
        using var patience = new CancellationTokenSource(NoiseApp.Patience);
        var buffer = new byte[64 * 1024];
        long count = 0;
        try
        {
            for (int read; (read = await _stream.ReadAsync(buffer, patience.Token)) > 0;)
            {
                count += read;
            }
        }
        catch (IOException)
        {
            // A reset is as good an end.
        }

        return count;
    }

    /// <summary>Length in front.</summary>
    public static byte[] Framed(ReadOnlySpan<byte> message)
    {
        var framed = new byte[2 + message.Length];
        BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)message.Length);
        message.CopyTo(framed.AsSpan(2));
        return framed;
    }

    public void Dispose()
    {
        _client.Dispose();
        _state.Dispose();
    }
}

using System.IO.Pipelines;
using System.Text;
using Vault.Cryptography.Noise;

namespace Vault.Protocol.Tests.Channel;

/// <summary>Two ends of a connection in memory, and ciphers that fit each other.</summary>
internal sealed class ChannelPair
{
    public ChannelPair()
    {
        var (up, down) = (new Pipe(Unbounded), new Pipe(Unbounded));
        (Client, Server) = (new Ends(down.Reader, up.Writer), new Ends(up.Reader, down.Writer));
        var (client, server) = (State(initiator: true), State(initiator: false));
        Span<byte> message = stackalloc byte[200];
        while (!client.IsComplete)
        {
            var (writer, reader) = client.IsMyTurn ? (client, server) : (server, client);
            reader.ReadMessage([], message[..writer.WriteMessage(message, [])]);
        }

        (ClientSends, ClientReceives) = client.Split();
        (ServerSends, ServerReceives) = server.Split();
    }

    private static PipeOptions Unbounded { get; } = new(pauseWriterThreshold: 0, useSynchronizationContext: false);

    public IDuplexPipe Client { get; }

    public IDuplexPipe Server { get; }

    public CipherState ClientSends { get; }

    public CipherState ClientReceives { get; }

    public CipherState ServerSends { get; }

    public CipherState ServerReceives { get; }

    private static HandshakeState State(bool initiator) => new(
        NoiseProtocol.XX, initiator, Encoding.ASCII.GetBytes("a test"), [initiator ? (byte)1 : (byte)2, .. new byte[31]]);

    private sealed record Ends(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}

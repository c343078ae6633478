using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Vault.Cryptography.Primitives;
using Vault.Protocol.Channel;

namespace Vault.Client.Channel;

/// <summary>Opens encrypted connections for an HTTP client: TCP, Noise XX, HTTP/2 inside.</summary>
/// <remarks>All connections prove the same static key, which is the session once a login was accepted over one of them.</remarks>
internal sealed class NoiseConnector(
    ServerPlaces places, SecretBytes staticKey, Func<ReadOnlyMemory<byte>, bool> acceptServerKey, TimeSpan timeout)
{
    private const int TransportBufferSize = 128 * 1024;

    // What a response may have in flight unread, and so in memory; the handler widens it by itself where the link is long.
    private const int StreamWindow = 512 * 1024;

    private static readonly TimeSpan AdditionalIdle = TimeSpan.FromSeconds(60);

    private volatile NoiseChannel? _last;

    /// <summary>To a server with one place.</summary>
    public NoiseConnector(
        string host, int port, SecretBytes staticKey, Func<ReadOnlyMemory<byte>, bool> acceptServerKey, TimeSpan timeout)
        : this(new ServerPlaces([(host, port)]), staticKey, acceptServerKey, timeout)
    {
    }

    /// <summary>What goes into handshake message 3 of the next connections: the account id once there is a session.</summary>
    public ReadOnlyMemory<byte> Payload { get; set; }

    /// <summary>h of the newest connection that is not an additional one, 32 bytes; null before the first.</summary>
    public ReadOnlyMemory<byte>? HandshakeHash => _last?.HandshakeHash;

    /// <summary>The server's static key, 32 bytes; null before the first connection.</summary>
    public ReadOnlyMemory<byte>? ServerKey => _last?.RemoteStaticKey;

    /// <summary>A client that speaks HTTP/2 over this channel only. Dispose it to drop the connections.</summary>
    /// <param name="intercept">Puts a handler in front of the channel; null for none.</param>
    /// <param name="isAdditional">Whether it is one more beside the first, on which nothing is proved; it goes when it is not used.</param>
    public HttpClient CreateHttpClient(Func<HttpMessageHandler, HttpMessageHandler>? intercept = null, bool isAdditional = false)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, stop) => await ConnectAsync(isAdditional, stop).ConfigureAwait(false),
            UseProxy = false,
            AllowAutoRedirect = false,
            InitialHttp2StreamWindowSize = StreamWindow,
            // A link that went away without a word is noticed after both together.
            KeepAlivePingDelay = TimeSpan.FromSeconds(10),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            PooledConnectionIdleTimeout = isAdditional ? AdditionalIdle : Timeout.InfiniteTimeSpan,
        };
        return new HttpClient(intercept?.Invoke(handler) ?? handler)
        {
            BaseAddress = new Uri("http://vault"), // whichever place it is; the name is looked up nowhere
            DefaultRequestVersion = System.Net.HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>Finds what went wrong with the channel inside an exception that the HTTP client threw.</summary>
    public static ChannelException? FindCause(Exception? error)
    {
        for (; error is not null; error = error.InnerException)
        {
            if (error is ChannelException channel)
            {
                return channel;
            }
        }

        return null;
    }

    private async Task<Stream> ConnectAsync(bool isAdditional, CancellationToken cancellationToken)
    {
        using var time = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        time.CancelAfter(timeout);
        try
        {
            return await places.FirstAsync(
                (endPoint, stop) => ConnectAsync(endPoint, isAdditional, stop), timeout, time.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ChannelException(ChannelError.TimedOut, $"{places} did not answer within {timeout.TotalSeconds:0} s.", error);
        }
        catch (SocketException error)
        {
            throw new ChannelException(ChannelError.Unreachable, $"{places} cannot be reached: {error.Message}", error);
        }
    }

    private async Task<Stream> ConnectAsync(EndPoint endPoint, bool isAdditional, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endPoint, cancellationToken).ConfigureAwait(false);
            var transport = new NetworkStream(socket, ownsSocket: true);
            var channel = await NoiseHandshake.InitiateAsync(
                new StreamPipe(transport), staticKey.Memory, Payload, acceptServerKey, cancellationToken).ConfigureAwait(false);
            _last = isAdditional ? _last : channel;
            return new NoiseStream(channel.Pipe, transport);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private sealed class StreamPipe(Stream stream) : IDuplexPipe
    {
        public PipeReader Input { get; } = PipeReader.Create(
            stream, new StreamPipeReaderOptions(bufferSize: TransportBufferSize, leaveOpen: true, useZeroByteReads: true));

        public PipeWriter Output { get; } = PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: true));
    }
}

using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Vault.Client.Channel;
using Vault.Cryptography.Primitives;
using Vault.Protocol;
using Vault.Protocol.Channel;

namespace Vault.Client;

/// <summary>The way to one server: makes connections, judges the server's key, speaks the protocol's JSON, and turns errors into one kind.</summary>
/// <remarks>A connection that breaks is made again with the same static key, so a session outlives it.</remarks>
internal sealed class VaultConnection : IDisposable
{
    // A full page of a list with the longest metadata is under 32 MiB; a lying server must not fill this machine's memory.
    private const int MaxReplyLength = 64 * 1024 * 1024;
    private const int MaxProblemLength = 64 * 1024;

    private readonly ServerAddress _server;
    private readonly ConnectOptions _options;
    private readonly KnownServers _known;
    private readonly Lock _keyLock = new();
    private ServerKey? _expected;
    private readonly SecretBytes _sessionKey;
    private readonly NoiseConnector _connector;
    private readonly Connections _connections;

    /// <param name="server">Where.</param>
    /// <param name="options">How.</param>
    /// <param name="accessKey">The static key to prove, which this owns from now on; null for a fresh one.</param>
    public VaultConnection(ServerAddress server, ConnectOptions options, SecretBytes? accessKey = null)
    {
        _sessionKey = accessKey ?? SecretBytes.Random(X25519.KeyLength);
        _server = server;
        _options = options;
        _known = new KnownServers(options.StateFolder);
        _expected = server.Key ?? _known.Find(server) ?? options.AcceptServerKey;
        _connector = new NoiseConnector(new ServerPlaces(server.Places), _sessionKey, Accept, options.ConnectTimeout);
        _connections = new Connections(isFirst =>
        {
            var http = _connector.CreateHttpClient(options.Intercept, isAdditional: !isFirst);
            http.MaxResponseContentBufferSize = MaxReplyLength;
            return http;
        });
    }

    /// <summary>h of the newest first connection, 32 bytes: what is proved is proved there.</summary>
    public ReadOnlyMemory<byte> HandshakeHash => _connector.HandshakeHash ?? throw new InvalidOperationException("Not connected.");

    /// <summary>The key that the server proved.</summary>
    public ServerKey ServerKey => _connector.ServerKey is { } key
        ? ServerKey.FromBytes(key.Span)
        : throw new InvalidOperationException("Not connected.");

    /// <summary>The public half of the key that connections prove: to the server, the session.</summary>
    public byte[] SessionKey()
    {
        var key = new byte[X25519.KeyLength];
        X25519.PublicKey(key, _sessionKey.Span);
        return key;
    }

    /// <summary>Where this person's client keeps what it must remember.</summary>
    public string StateFolder => _options.StateFolder;

    /// <summary>Later connections name this account in their handshake.</summary>
    public void UseAccount(AccountId account) => _connector.Payload = VaultId.ToBytes(account);

    /// <summary>Connects, checks that both sides speak one version, and remembers a key that was accepted.</summary>
    public async Task<ServerReply> OpenAsync(CancellationToken cancellationToken)
    {
        // Once: there is no session yet that a second connection could save, and a person waits.
        var reply = await RequestAsync(
            () => new HttpRequestMessage(HttpMethod.Get, Routes.Server), ProtocolJson.Default.ServerReply, TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
        if (reply.Protocol != ServerReply.CurrentProtocol)
        {
            throw new VaultException(
                VaultErrorCode.VersionUnsupported,
                $"The server speaks version {reply.Protocol} of the protocol, this client {ServerReply.CurrentProtocol}.",
                "Update the older of the two.");
        }

        Remember();
        return reply;
    }

    public Task<T> GetAsync<T>(string path, JsonTypeInfo<T> reply, CancellationToken cancellationToken)
        where T : class => RequestAsync(() => new HttpRequestMessage(HttpMethod.Get, path), reply, _options.ReconnectFor, cancellationToken);

    /// <summary>Posts JSON. Every command may be repeated, so a broken connection is tried again, unless told not to.</summary>
    public Task<TReply> PostAsync<TRequest, TReply>(
        string path, TRequest request, JsonTypeInfo<TRequest> requestType, JsonTypeInfo<TReply> replyType,
        CancellationToken cancellationToken, bool retry = true)
        where TReply : class => SendJsonAsync(HttpMethod.Post, path, request, requestType, replyType, retry, cancellationToken);

    /// <summary>Puts JSON.</summary>
    public Task<TReply> PutAsync<TRequest, TReply>(
        string path, TRequest request, JsonTypeInfo<TRequest> requestType, JsonTypeInfo<TReply> replyType, CancellationToken cancellationToken)
        where TReply : class => SendJsonAsync(HttpMethod.Put, path, request, requestType, replyType, retry: true, cancellationToken);

    /// <summary>Posts bytes of another type.</summary>
    public Task<TReply> PostAsync<TReply>(
        string path, ReadOnlyMemory<byte> body, string mediaType, JsonTypeInfo<TReply> replyType, CancellationToken cancellationToken)
        where TReply : class => RequestAsync(
            () => new HttpRequestMessage(HttpMethod.Post, path)
            {
                Content = new ReadOnlyMemoryContent(body) { Headers = { ContentType = new MediaTypeHeaderValue(mediaType) } },
            },
            replyType, _options.ReconnectFor, cancellationToken, isBody: true);

    /// <summary>Sends JSON that is answered with nothing but that it is done.</summary>
    public async Task DoAsync<TRequest>(
        HttpMethod method, string path, TRequest request, JsonTypeInfo<TRequest> type, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(
            JsonRequest(method, path, request, type), HttpCompletionOption.ResponseContentRead, Patience, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Puts nothing but the path.</summary>
    public async Task PutAsync(string path, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(
            () => new HttpRequestMessage(HttpMethod.Put, path), HttpCompletionOption.ResponseContentRead, Patience, cancellationToken).ConfigureAwait(false);
    }

    public async Task DeleteAsync(string path, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(
            () => new HttpRequestMessage(HttpMethod.Delete, path), HttpCompletionOption.ResponseContentRead, Patience, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Puts one part; its hash travels in a header.</summary>
    public async Task PutPartAsync(string path, ReadOnlyMemory<byte> part, string hash, CancellationToken cancellationToken)
    {
        HttpRequestMessage Create()
        {
            var request = new HttpRequestMessage(HttpMethod.Put, path) { Content = new ReadOnlyMemoryContent(part) };
            request.Headers.Add(Routes.PartHashHeader, hash);
            return request;
        }

        using var response = await SendAsync(
            Create, HttpCompletionOption.ResponseContentRead, Patience, cancellationToken, isBody: true).ConfigureAwait(false);
    }

    /// <summary>Fills <paramref name="target"/> with a range of a payload.</summary>
    /// <exception cref="VaultException">Also <see cref="VaultErrorCode.IntegrityFailed"/>, where the server sends fewer bytes.</exception>
    public async Task GetRangeAsync(string path, long offset, Memory<byte> target, CancellationToken cancellationToken)
    {
        var backOff = Patience;
        var filled = 0;
        HttpRequestMessage Create()
        {
            var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Range = new RangeHeaderValue(offset + filled, offset + target.Length - 1);
            return request;
        }

        while (true)
        {
            using var turn = _connections.ForBody();
            using var response = await SendAsync(
                turn.Client, Create, HttpCompletionOption.ResponseHeadersRead, backOff, cancellationToken).ConfigureAwait(false);
            Exception lost;
            try
            {
                using var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
                while (filled < target.Length)
                {
                    var read = await body.ReadAsync(target[filled..], cancellationToken).ConfigureAwait(false);
                    if (read == 0)
                    {
                        throw new VaultException(VaultErrorCode.IntegrityFailed, "The server sent less of the file than it has.");
                    }

                    filled += read;
                    backOff.Reset();
                }

                return;
            }
            catch (Exception error) when (IsLost(error))
            {
                cancellationToken.ThrowIfCancellationRequested();
                _connections.Lost();
                lost = error;
            }

            if (!await backOff.WaitAsync(TimeSpan.Zero, cancellationToken).ConfigureAwait(false))
            {
                throw Lost(lost);
            }
        }
    }

    public void Dispose()
    {
        _connections.Dispose();
        _sessionKey.Dispose();
    }

    private BackOff Patience => new(_options.ReconnectFor, TimeProvider.System);

    private Task<TReply> SendJsonAsync<TRequest, TReply>(
        HttpMethod method, string path, TRequest request, JsonTypeInfo<TRequest> requestType, JsonTypeInfo<TReply> replyType,
        bool retry, CancellationToken cancellationToken)
        where TReply : class =>
        RequestAsync(JsonRequest(method, path, request, requestType), replyType, retry ? _options.ReconnectFor : TimeSpan.Zero, cancellationToken);

    private static Func<HttpRequestMessage> JsonRequest<TRequest>(
        HttpMethod method, string path, TRequest request, JsonTypeInfo<TRequest> type)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(request, type);
        return () => new HttpRequestMessage(method, path)
        {
            Content = new ByteArrayContent(json) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
        };
    }

    private async Task<T> RequestAsync<T>(
        Func<HttpRequestMessage> create, JsonTypeInfo<T> type, TimeSpan reconnectFor, CancellationToken cancellationToken, bool isBody = false)
        where T : class
    {
        using var response = await SendAsync(
            create, HttpCompletionOption.ResponseContentRead, new BackOff(reconnectFor, TimeProvider.System), cancellationToken,
            isBody).ConfigureAwait(false);
        var json = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false); // read already
        return ReplyJson.TryRead(json, type)
            ?? throw VaultException.Forged($"The server's answer is no {typeof(T).Name}.");
    }

    /// <param name="isBody">Whether it moves much: such requests are spread over several connections.</param>
    private async Task<HttpResponseMessage> SendAsync(
        Func<HttpRequestMessage> create, HttpCompletionOption completion, BackOff backOff, CancellationToken cancellationToken,
        bool isBody = false)
    {
        if (!isBody)
        {
            return await SendAsync(_connections.First, create, completion, backOff, cancellationToken).ConfigureAwait(false);
        }

        using var turn = _connections.ForBody();
        return await SendAsync(turn.Client, create, completion, backOff, cancellationToken).ConfigureAwait(false);
    }

    private async Task<HttpResponseMessage> SendAsync(
        HttpClient http, Func<HttpRequestMessage> create, HttpCompletionOption completion, BackOff backOff, CancellationToken cancellationToken)
    {
        VaultException? before = null;
        while (true)
        {
            VaultException failure;
            using var request = create();
            request.Version = HttpVersion.Version20;
            request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
            try
            {
                var begun = Stopwatch.GetTimestamp();
                var response = await http.SendAsync(request, completion, cancellationToken).ConfigureAwait(false);
                if (response.IsSuccessStatusCode)
                {
                    _connections.Answered(Stopwatch.GetElapsedTime(begun)); // what takes long for another reason is not the shortest
                    return response;
                }

                using (response)
                {
                    failure = await ProblemOfAsync(response, cancellationToken).ConfigureAwait(false);
                }
            }
            catch (Exception error) when (IsLost(error))
            {
                cancellationToken.ThrowIfCancellationRequested();
                _connections.Lost();
                failure = FailureOf(error);
            }

            failure.FollowsLostAnswer = before is { MayBeDone: true };
            before = failure;
            if (!IsPassing(failure)
                || !await backOff.WaitAsync(TimeSpan.FromSeconds(failure.RetryAfterSeconds ?? 0), cancellationToken).ConfigureAwait(false))
            {
                throw failure;
            }
        }
    }

    // No way to the server, or one that has a part of itself away at the moment and says when to ask again.
    private static bool IsPassing(VaultException error) =>
        error.Code == VaultErrorCode.ServerUnreachable
        || error is { Code: VaultErrorCode.ServerBusy or VaultErrorCode.StorageUnavailable, RetryAfterSeconds: not null };

    private VaultException FailureOf(Exception error)
    {
        if (NoiseConnector.FindCause(error) is { Reason: ChannelError.ServerKeyRefused } refused)
        {
            return Refused(ServerKey.FromBytes(refused.ServerKey.Span));
        }

        return error is HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded }
            ? VaultException.Forged("The server's answer is longer than any answer can be.")
            : Lost(error);
    }

    // A stream that the server resets while a body is sent surfaces as a cancellation that nobody asked for.
    private static bool IsLost(Exception error) => error is HttpRequestException or IOException or OperationCanceledException;

    private static async Task<VaultException> ProblemOfAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await response.Content.LoadIntoBufferAsync(MaxProblemLength, cancellationToken).ConfigureAwait(false);
        var json = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        return ProtocolJson.TryRead(json, ProtocolJson.Default.Problem) is { } problem
            ? VaultException.From(problem)
            : new VaultException(
                VaultErrorCode.VersionUnsupported,
                $"The server answered with status {(int)response.StatusCode} in a way this client does not know.",
                "Update this module or the server.");
    }

    private void Remember()
    {
        try
        {
            _known.Remember(_server, ServerKey);
        }
        catch (Exception error) when (_server.Key is not null && error is (IOException or UnauthorizedAccessException))
        {
            // The address says which key it must be, the next time too: a script on a disk that takes nothing goes on.
        }
    }

    // A server that was unknown is known from its first connection on, at whichever of its places the next one ends.
    private bool Accept(ReadOnlyMemory<byte> key)
    {
        lock (_keyLock)
        {
            if (_expected is null && _options.AcceptUnknownServer)
            {
                _expected = ServerKey.FromBytes(key.Span);
            }

            return _expected is { } expected && expected.Matches(key.Span);
        }
    }

    private VaultException Refused(ServerKey seen) => _expected is null
        ? new VaultException(
            VaultErrorCode.ServerUnknown, $"The server {_server} is not known yet; its key is {seen}.",
            "Compare the key with the one that the server printed at its start, then accept it with -AcceptServerKey, or pin it in the address.")
        {
            ServerKey = seen,
        }
        : new VaultException(
            VaultErrorCode.ServerKeyChanged,
            $"The server {_server} has the key {seen}, not {_expected}. Somebody may be between you and it.",
            $"Ask its operator. If the server was set up anew, remove its line from {Path.Combine(_options.StateFolder, "known_servers")}.")
        {
            ServerKey = seen,
        };

    private VaultException Lost(Exception error) => new(
        VaultErrorCode.ServerUnreachable,
        NoiseConnector.FindCause(error) is { } cause
            ? $"No connection to {_server}: {cause.Message}"
            : $"The connection to {_server} was lost.",
        "Check the address and that the server runs, then try again.", error);
}

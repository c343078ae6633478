using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Vault.Client.Tests.LyingServer;

/// <summary>Stands between a client and an honest server and alters its replies, as a server that lies would.</summary>
internal sealed class Liar
{
    private readonly List<Lie> _lies = [];
    private int _told;

    /// <summary>Goes into <see cref="ConnectOptions.Intercept"/>.</summary>
    public HttpMessageHandler Intercept(HttpMessageHandler inner) => new Handler(this) { InnerHandler = inner };

    /// <summary>How many replies were altered.</summary>
    public int Told => Volatile.Read(ref _told);

    /// <summary>Tells the truth from here on.</summary>
    public void BeHonest()
    {
        _lies.Clear();
        Volatile.Write(ref _told, 0);
    }

    /// <summary>Alters what a route answers.</summary>
    public void Alter<T>(string route, JsonTypeInfo<T> type, Func<T, T> lie)
        where T : class => AlterBytes(
            route, (_, honest) => JsonSerializer.SerializeToUtf8Bytes(lie(JsonSerializer.Deserialize(honest, type)!), type)); // honest replies are no null

    /// <summary>Alters the bytes that a route answers.</summary>
    public void AlterBytes(string route, Func<HttpRequestMessage, byte[], byte[]> lie) => _lies.Add(new Lie(
        route,
        async (request, ask, cancellationToken) =>
        {
            var response = await ask(request, cancellationToken);
            if (!response.IsSuccessStatusCode)
            {
                return response;
            }

            Interlocked.Increment(ref _told);
            response.Content = new ByteArrayContent(lie(request, await response.Content.ReadAsByteArrayAsync(cancellationToken)));
            return response;
        }));

    /// <summary>Answers without asking the server.</summary>
    public void Answer(string route, Func<HttpRequestMessage, HttpResponseMessage> lie) => _lies.Add(new Lie(
        route,
        (request, _, _) =>
        {
            Interlocked.Increment(ref _told);
            var response = lie(request);
            response.RequestMessage = request;
            response.Version = HttpVersion.Version20;
            return Task.FromResult(response);
        }));

    /// <summary>Asks the server for another path than the client did.</summary>
    public void Redirect(string route, Func<Uri, Uri> elsewhere) => _lies.Add(new Lie(
        route,
        (request, ask, cancellationToken) =>
        {
            Interlocked.Increment(ref _told);
            request.RequestUri = elsewhere(request.RequestUri!); // the client always names one
            return ask(request, cancellationToken);
        }));

    /// <summary>Sees what the client sends on a route; the server gets it and answers honestly.</summary>
    public void OnSend(string route, Action<byte[]> see) => _lies.Add(new Lie(
        route,
        async (request, ask, cancellationToken) =>
        {
            see(request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(cancellationToken));
            return await ask(request, cancellationToken);
        }));

    /// <summary>Lets something happen before each request of a route is passed on.</summary>
    public void Meanwhile(string route, Func<Task> happens) => _lies.Add(new Lie(
        route,
        async (request, ask, cancellationToken) =>
        {
            await happens();
            return await ask(request, cancellationToken);
        }));

    /// <summary>Lets something happen when the server has answered a request of a route, before the client has the answer; what it throws is
    /// what the client gets in its place.</summary>
    public void Afterwards(string route, Func<Task> happens) => _lies.Add(new Lie(
        route,
        async (request, ask, cancellationToken) =>
        {
            var response = await ask(request, cancellationToken);
            await response.Content.LoadIntoBufferAsync(cancellationToken);
            await happens();
            return response;
        }));

    private delegate Task<HttpResponseMessage> Ask(HttpRequestMessage request, CancellationToken cancellationToken);

    /// <summary>One lie and the end of the paths it is told on.</summary>
    private sealed record Lie(string Route, Func<HttpRequestMessage, Ask, CancellationToken, Task<HttpResponseMessage>> TellAsync);

    private sealed class Handler(Liar liar) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var path = request.RequestUri!.AbsolutePath; // the client always names one
            return liar._lies.Find(lie => path.EndsWith(lie.Route, StringComparison.Ordinal)) is { } lie
                ? lie.TellAsync(request, base.SendAsync, cancellationToken)
                : base.SendAsync(request, cancellationToken);
        }
    }
}

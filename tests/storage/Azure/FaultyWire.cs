namespace Vault.Storage.Tests.Azure;

/// <summary>A network to a real service that loses requests or answers when a test says so.</summary>
internal sealed class FaultyWire
{
    /// <summary>Called before a request leaves; what it throws the client sees, and the service nothing.</summary>
    internal Func<HttpRequestMessage, Task> BeforeRequest { get; set; } = _ => Task.CompletedTask;

    /// <summary>Called when the service has answered; what it throws the client sees instead of the answer.</summary>
    internal Func<HttpRequestMessage, Task> BeforeAnswer { get; set; } = _ => Task.CompletedTask;

    internal HttpMessageHandler Around(HttpMessageHandler inner) => new Handler(this, inner);

    /// <summary>What a broken connection looks like.</summary>
    internal static HttpRequestException Broken() =>
        new("The connection broke.", new IOException("The connection broke."));

    /// <summary>Fails the first requests of a kind, whether before they arrive or after.</summary>
    internal static Func<HttpRequestMessage, Task> First(int count, Func<HttpRequestMessage, bool> kind) => request =>
        kind(request) && Interlocked.Decrement(ref count) >= 0 ? throw Broken() : Task.CompletedTask;

    internal static bool IsAppend(HttpRequestMessage request) => Has(request, "comp=appendblock");

    internal static bool IsCreateSegment(HttpRequestMessage request) =>
        request.Method == HttpMethod.Put && request.Headers.TryGetValues("x-ms-blob-type", out var types) && types.Contains("AppendBlob");

    internal static bool IsPutBlob(HttpRequestMessage request) =>
        request.Method == HttpMethod.Put && request.Headers.TryGetValues("x-ms-blob-type", out var types) && types.Contains("BlockBlob");

    internal static bool IsPutBlock(HttpRequestMessage request) => request.Method == HttpMethod.Put && Has(request, "comp=block&");

    internal static bool IsPutBlockList(HttpRequestMessage request) =>
        request.Method == HttpMethod.Put && Has(request, "comp=blocklist");

    private static bool Has(HttpRequestMessage request, string query) =>
        (request.RequestUri!.Query + "&").Contains(query, StringComparison.Ordinal); // a request has an address

    private sealed class Handler(FaultyWire wire, HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            await wire.BeforeRequest(request);
            var response = await base.SendAsync(request, cancellationToken);
            try
            {
                await wire.BeforeAnswer(request);
                return response;
            }
            catch
            {
                response.Dispose();
                throw;
            }
        }
    }
}

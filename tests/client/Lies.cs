using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Vault.Protocol;

namespace Vault.Client.Tests;

/// <summary>A server that lies: replies of chosen paths are changed on their way.</summary>
internal sealed class Lies
{
    private Func<HttpRequestMessage, HttpResponseMessage, Task>? _lie;

    /// <summary>From now on every JSON reply to a request of this path is changed.</summary>
    public void Change<T>(Func<string, bool> isPath, JsonTypeInfo<T> type, Func<T, T> change)
        where T : class => _lie = async (request, response) =>
        {
            if (request.Method != HttpMethod.Delete && response.IsSuccessStatusCode
                && isPath(request.RequestUri!.AbsolutePath)) // every request has one
            {
                var reply = ProtocolJson.TryRead(await response.Content.ReadAsByteArrayAsync(), type)!; // an honest server's
                response.Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(change(reply), type));
            }
        };

    /// <summary>Honest again.</summary>
    public void Stop() => _lie = null;

    /// <summary>Goes between a client and its channel.</summary>
    public HttpMessageHandler Between(HttpMessageHandler inner) => new Handler(this, inner);

    private sealed class Handler(Lies lies, HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override async Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = await base.SendAsync(request, cancellationToken);
            if (lies._lie is { } lie)
            {
                await lie(request, response);
            }

            return response;
        }
    }
}

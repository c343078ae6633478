using System.Net;
using System.Text;
using System.Text.Json;
using Vault.Protocol;

namespace Vault.Client.Tests.LyingServer;

/// <summary>Answers that never saw the server.</summary>
internal static class Replies
{
    internal static HttpResponseMessage Problem(
        ErrorCode code, SendTarget? target = null, string detail = "An error as the server would word it.") =>
        Of(new Problem(code, detail, Target: target));

    internal static HttpResponseMessage Of(Problem problem) => With(
        (HttpStatusCode)problem.Status, JsonSerializer.SerializeToUtf8Bytes(problem, ProtocolJson.Default.Problem), Vault.Protocol.Problem.MediaType);

    internal static HttpResponseMessage With(HttpStatusCode status, string body, string mediaType) => With(status, Encoding.UTF8.GetBytes(body), mediaType);

    internal static HttpResponseMessage With(HttpStatusCode status, byte[] body, string mediaType) => new(status)
    {
        Content = new ByteArrayContent(body) { Headers = { ContentType = new(mediaType) } },
    };
}

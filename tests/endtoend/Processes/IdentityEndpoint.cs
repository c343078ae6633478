using System.Collections.Concurrent;
using System.Collections.Specialized;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using System.Web;
using Vault.Tests.Server;

namespace Vault.EndToEnd.Tests.Processes;

/// <summary>What Azure's App Service puts beside a program with a managed identity: it hands out the identity's tokens.</summary>
/// <remarks><see href="https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference"/></remarks>
internal sealed class IdentityEndpoint : IAsyncDisposable
{
    /// <summary>What the storage service wants a token to be made for.</summary>
    public const string Storage = "https://storage.azure.com";

    private readonly HttpListener _listener = new();
    private readonly ConcurrentQueue<TokenRequest> _requests = new();
    private readonly string _address = $"http://127.0.0.1:{FreePort.Next()}/msi/token";
    private readonly string _audience;
    private Task _serving = Task.CompletedTask;

    private IdentityEndpoint(string audience) => _audience = audience;

    /// <summary>What keeps others of the machine from asking; a secret.</summary>
    public string Header { get; } = RandomNumberGenerator.GetHexString(32);

    /// <summary>What it answers with; a secret.</summary>
    public string Token { get; private init; } = "";

    /// <summary>What tells the program of it.</summary>
    public IEnumerable<KeyValuePair<string, string>> Environment =>
        [new("IDENTITY_ENDPOINT", _address), new("IDENTITY_HEADER", Header)];

    /// <summary>What it was asked so far.</summary>
    public IReadOnlyCollection<TokenRequest> Requests => _requests;

    /// <summary>Starts it.</summary>
    /// <param name="audience">Whom its tokens are for; empty if it refuses, as for a machine that has no identity.</param>
    public static IdentityEndpoint Start(string audience)
    {
        var endpoint = new IdentityEndpoint(audience) { Token = MakeToken(audience) };
        endpoint._listener.Prefixes.Add(endpoint._address + "/");
        endpoint._listener.Start();
        endpoint._serving = endpoint.ServeAsync();
        return endpoint;
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _serving;
        _listener.Close();
    }

    // The emulator looks at the claims and not at the signature.
    private static string MakeToken(string audience)
    {
        var now = DateTimeOffset.UtcNow;
        var claims = new
        {
            aud = audience,
            iss = "https://sts.windows.net/00000000-0000-0000-0000-000000000000/",
            iat = now.ToUnixTimeSeconds(),
            nbf = now.AddMinutes(-5).ToUnixTimeSeconds(),
            exp = now.AddHours(1).ToUnixTimeSeconds(),
        };
        return string.Join('.', Part(new { alg = "RS256", typ = "JWT" }), Part(claims), Text(RandomNumberGenerator.GetBytes(32)));

        static string Part(object value) => Text(JsonSerializer.SerializeToUtf8Bytes(value));
        static string Text(byte[] bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var call = await _listener.GetContextAsync();
                var query = HttpUtility.ParseQueryString(call.Request.Url?.Query ?? "");
                _requests.Enqueue(new TokenRequest(call.Request.HttpMethod, call.Request.Headers["X-IDENTITY-HEADER"], query));
                var refuses = _audience.Length == 0;
                call.Response.StatusCode = refuses ? 400 : 200;
                call.Response.ContentType = "application/json";
                call.Response.Close(JsonSerializer.SerializeToUtf8Bytes(refuses ? Refusal() : Grant(query)), willBlock: true);
            }
        }
        catch (Exception error) when (error is HttpListenerException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private static Dictionary<string, string?> Refusal() => new()
    {
        ["statusCode"] = "400",
        ["message"] = "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.",
    };

    private Dictionary<string, string?> Grant(NameValueCollection query) => new()
    {
        ["access_token"] = Token,
        ["expires_on"] = $"{DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeSeconds()}",
        ["resource"] = query["resource"],
        ["token_type"] = "Bearer",
    };
}

/// <summary>How a token was asked for.</summary>
internal sealed record TokenRequest(string Method, string? Header, NameValueCollection Query);

using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Vault.Client.Channel;
using Vault.Cryptography.Primitives;
using Vault.Gateway.Channel;

namespace Vault.Gateway.Tests.Channel;

public sealed class ChannelTests : IAsyncLifetime
{
    private readonly SecretBytes _serverKey = SecretBytes.Random(32);
    private readonly SecretBytes _clientKey = SecretBytes.Random(32);
    private WebApplication _app = null!;
    private int _port;

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.Protocols = HttpProtocols.Http2;
                listen.UseNoise(new NoiseOptions { StaticKey = _serverKey });
            });
        });
        _app = builder.Build();
        _app.MapGet("/hash", (HttpContext http) =>
            Convert.ToHexString(http.Features.Get<INoiseConnectionFeature>()!.HandshakeHash.Span));
        _app.MapPost("/sha256", async (HttpContext http) =>
            await http.Response.WriteAsync(Convert.ToHexString(await SHA256.HashDataAsync(http.Request.Body))));
        _app.MapGet("/bytes/{count}", async (HttpContext http, int count) =>
        {
            var block = new byte[256 * 1024];
            for (; count > 0; count -= block.Length)
            {
                await http.Response.BodyWriter.WriteAsync(block.AsMemory(0, Math.Min(count, block.Length)));
            }
        });
        await _app.StartAsync();
        _port = new Uri(_app.Urls.Single()).Port;
    }

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task Request_OverTheChannel_SeesTheHandshake()
    {
        var connector = Connector();
        using var client = connector.CreateHttpClient();

        var hash = await client.GetStringAsync("/hash");

        Assert.Equal(Convert.ToHexString(connector.HandshakeHash!.Value.Span), hash);
    }

    [Fact]
    public async Task Body_LargeBothWays_ArrivesWhole()
    {
        using var client = Connector().CreateHttpClient();
        var body = RandomNumberGenerator.GetBytes(64 * 1024 * 1024);

        using var answer = await client.PostAsync("/sha256", new ByteArrayContent(body));
        var back = await client.GetByteArrayAsync("/bytes/67108864");

        Assert.Equal(Convert.ToHexString(SHA256.HashData(body)), await answer.Content.ReadAsStringAsync());
        Assert.Equal(67108864, back.Length);
    }

    private NoiseConnector Connector() => new("127.0.0.1", _port, _clientKey, _ => true, TimeSpan.FromSeconds(10));
}

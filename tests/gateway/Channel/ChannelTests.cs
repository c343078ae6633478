using System.Security.Cryptography;

namespace Vault.Gateway.Tests.Channel;

public sealed class ChannelTests : IAsyncLifetime
{
    private NoiseApp _app = null!; // xunit calls InitializeAsync first

    public async Task InitializeAsync() => _app = await NoiseApp.StartAsync();

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task Request_OverTheChannel_SeesTheHandshake()
    {
        var connector = _app.Connector();
        using var client = connector.CreateHttpClient();

        var hash = await client.GetStringAsync("/hash");

        Assert.Equal(Convert.ToHexStringLower(connector.HandshakeHash!.Value.Span), hash);
    }

    [Fact]
    public async Task Body_LargeBothWays_ArrivesWhole()
    {
        using var client = _app.Connector().CreateHttpClient();
        var body = RandomNumberGenerator.GetBytes(64 * 1024 * 1024);

        using var answer = await client.PostAsync("/sha256", new ByteArrayContent(body));
        var back = await client.GetByteArrayAsync("/bytes/67108864");

        Assert.Equal(Convert.ToHexString(SHA256.HashData(body)), await answer.Content.ReadAsStringAsync());
        Assert.Equal(67108864, back.Length);
    }
}

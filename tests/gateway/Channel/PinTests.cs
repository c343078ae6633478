using System.Security.Cryptography;
using Vault.Client;
using Vault.Client.Channel;
using Vault.Cryptography.Primitives;
using Vault.Gateway.Tests.Server;
using Vault.Protocol;
using Vault.Protocol.Channel;
using Vault.Tests.Server;

namespace Vault.Gateway.Tests.Channel;

/// <summary>A server with another key than the one expected learns nothing of the client: message 3 is never sent.</summary>
public sealed class PinTests(VaultFixture fixture) : IClassFixture<VaultFixture>
{
    private readonly RunningVault _vault = fixture.Vault;

    [Fact]
    public async Task Connect_PinnedToAnotherKey_StopsAfterMessage2()
    {
        await using var proxy = new RecordProxy(_vault.Server.Port);
        var other = ServerKey.FromBytes(RandomNumberGenerator.GetBytes(X25519.KeyLength));

        var error = await ConnectAsync(proxy, other, _vault.Options);

        Assert.Equal(VaultErrorCode.ServerKeyChanged, error.Code);
        Assert.Equal(_vault.Server.ServerKey, error.ServerKey);
        StoppedAfterMessage2(proxy);
    }

    [Fact]
    public async Task Connect_ServerUnknown_StopsAfterMessage2()
    {
        await using var proxy = new RecordProxy(_vault.Server.Port);

        var error = await ConnectAsync(proxy, null, _vault.Options with { StateFolder = Path.Combine(_vault.Folder, "fresh") });

        Assert.Equal(VaultErrorCode.ServerUnknown, error.Code);
        Assert.Equal(_vault.Server.ServerKey, error.ServerKey);
        StoppedAfterMessage2(proxy);
    }

    [Fact]
    public async Task Connect_SomebodyAnswersInTheServersPlace_StopsAfterMessage2()
    {
        await using var impostor = await NoiseApp.StartAsync();
        await using var proxy = new RecordProxy(impostor.Port);

        var error = await ConnectAsync(proxy, _vault.Server.ServerKey, _vault.Options);

        Assert.Equal(VaultErrorCode.ServerKeyChanged, error.Code);
        StoppedAfterMessage2(proxy);
        await impostor.UntilOpenAsync(0);
    }

    [Fact]
    public async Task Message2_Changed_StopsBeforeTheKeyIsJudged()
    {
        await using var proxy = new RecordProxy(_vault.Server.Port, message => message is { Up: false, Number: 0 }
            ? new Onward(RawPeer.Framed([.. message.Bytes.AsSpan(..^1), (byte)(message.Bytes[^1] ^ 1)]))
            : RecordProxy.Unchanged(message));
        using var sessionKey = SecretBytes.Random(X25519.KeyLength);
        var judged = false;
        var connector = new NoiseConnector("127.0.0.1", proxy.Port, sessionKey, _ => judged = true, NoiseApp.Patience);
        using var client = connector.CreateHttpClient();

        var error = await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync(Routes.Server));

        Assert.Equal(ChannelError.HandshakeFailed, NoiseConnector.FindCause(error)?.Reason);
        Assert.False(judged);
        StoppedAfterMessage2(proxy);
    }

    private static async Task<VaultException> ConnectAsync(RecordProxy proxy, ServerKey? pinned, ConnectOptions options)
    {
        using var password = RunningVault.Secret(RunningVault.Password);
        return await Assert.ThrowsAsync<VaultException>(() => VaultSession.ConnectAsync(
            new ServerAddress("127.0.0.1", proxy.Port, pinned), "ada@example.org", password, options, default));
    }

    // The client has given up and closed, so nothing can follow.
    private static void StoppedAfterMessage2(RecordProxy proxy)
    {
        Assert.Equal(1, proxy.Accepted);
        Assert.Equal([(true, 0), (false, 0)], proxy.Passed.Select(message => (message.Up, message.Number)));
        Assert.Equal(X25519.KeyLength, proxy.Passed[0].Bytes.Length); // an ephemeral key, and nothing else
    }
}

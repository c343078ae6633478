using System.Text.Json;
using Vault.Client.Channel;
using Vault.Cryptography.Primitives;
using Vault.Protocol;
using Vault.Tests.Server;
using Vault.Tests.Support;

namespace Vault.Gateway.Tests.Channel;

/// <summary>An independent Noise (noise-c) with an independent HTTP/2 (node's) as the client.</summary>
public sealed class NoisePeerTests
{
    [Fact]
    public async Task Peer_AgainstTheServer_IsServed()
    {
        await using var vault = await RunningVault.StartAsync();

        var printed = await RunPeerAsync(vault.Server.Port, await ServerKeyAsync(vault), Routes.Server, Routes.Server, "/v1/nothing");

        var answers = printed.GetProperty("answers");
        Assert.Equal([200, 200, 404], answers.EnumerateArray().Select(answer => answer.GetProperty("status").GetInt32()));
        var reply = ProtocolJson.TryRead(Body(answers[0]), ProtocolJson.Default.ServerReply);
        Assert.Equal(ServerReply.CurrentProtocol, reply?.Protocol);
        Assert.Equal(Body(answers[0]), Body(answers[1]));
        Assert.Equal(ErrorCode.NotFound, ProtocolJson.TryRead(Body(answers[2]), ProtocolJson.Default.Problem)?.Code);
    }

    [Fact]
    public async Task Peer_LargeBody_ArrivesOverManyRecords()
    {
        await using var app = await NoiseApp.StartAsync();

        var printed = await RunPeerAsync(app.Port, app.PublicKey, "/bytes/3000000", "/hash");

        Assert.Equal(3_000_000, Body(printed.GetProperty("answers")[0]).Length);
        await app.IsUnharmedAsync();
    }

    [Fact]
    public async Task HandshakeHash_OfPeerAndServer_IsTheSame()
    {
        await using var app = await NoiseApp.StartAsync();

        var printed = await RunPeerAsync(app.Port, app.PublicKey, "/hash");

        Assert.Equal(
            printed.GetProperty("handshakeHash").GetString(), printed.GetProperty("answers")[0].GetProperty("body").GetString());
    }

    [Fact]
    public async Task Peer_ThatExpectsAnotherServer_GoesAway()
    {
        await using var app = await NoiseApp.StartAsync();

        var error = await Assert.ThrowsAsync<InvalidOperationException>(
            () => RunPeerAsync(app.Port, new byte[X25519.KeyLength], "/hash"));

        Assert.Contains("exit 3", error.Message, StringComparison.Ordinal);
        await app.IsUnharmedAsync();
    }

    private static byte[] Body(JsonElement answer) => System.Text.Encoding.UTF8.GetBytes(answer.GetProperty("body").GetString()!);

    private static async Task<JsonElement> RunPeerAsync(int port, byte[] serverKey, params string[] paths)
    {
        var printed = await Peers.RunAsync("noise-initiator.mjs", "", [$"{port}", Convert.ToHexStringLower(serverKey), .. paths]);
        using var document = JsonDocument.Parse(printed);
        return document.RootElement.Clone();
    }

    private static async Task<byte[]> ServerKeyAsync(RunningVault vault)
    {
        using var sessionKey = SecretBytes.Random(X25519.KeyLength);
        var connector = new NoiseConnector("127.0.0.1", vault.Server.Port, sessionKey, _ => true, NoiseApp.Patience);
        using var client = connector.CreateHttpClient();
        await client.GetStringAsync(Routes.Server);
        var key = connector.ServerKey!.Value; // connected by the request above
        Assert.Equal(vault.Server.ServerKey, ServerKey.FromBytes(key.Span));
        return key.ToArray();
    }
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Vault.Client;
using Vault.Client.Channel;
using Vault.Protocol.Channel;
using Vault.Tests.Server;

namespace Vault.Gateway.Tests.Channel;

/// <summary>Somebody in the middle of a live connection: whatever changes ends it, and nothing changed is delivered.</summary>
public sealed class TransportTests
{
    private static readonly byte[] Body = MakeBody();

    public static TheoryData<RecordChange, bool> Changes
    {
        get
        {
            var data = new TheoryData<RecordChange, bool>();
            foreach (var change in Enum.GetValues<RecordChange>())
            {
                data.Add(change, true);
                data.Add(change, false);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task Record_Changed_EndsTheConnectionAndIsNotDelivered(RecordChange change, bool up)
    {
        var collected = new MemoryStream();
        await using var app = await NoiseApp.StartAsync(map: host => Map(host, collected));
        var attack = new RecordAttack(change, up);
        await using var proxy = new RecordProxy(app.Port, attack.Change);
        using (var first = app.Connector(proxy.Port).CreateHttpClient())
        {
            Assert.Equal(64, (await first.GetStringAsync("/hash")).Length);
            var whole = up ? collected : new MemoryStream();
            Assert.Null(await MoveAsync(first, up, whole));
            Assert.Equal(Body, whole.ToArray());
            collected.SetLength(0);
        }

        using var client = app.Connector(proxy.Port).CreateHttpClient();
        await client.GetStringAsync("/hash");
        attack.Arm(connection: 1, after: 2);
        var arrived = up ? collected : new MemoryStream();
        var error = await MoveAsync(client, up, arrived);
        Assert.True(attack.Struck);
        if (error is null)
        {
            // The connection ended before the server had seen the request: HTTP/2 lets the client make it again by itself.
            Assert.True(up);
            Assert.Equal(Body, arrived.ToArray());
            await app.UntilOpenAsync(1);
        }
        else
        {
            await app.UntilOpenAsync(0); // the server has closed, or the client; the test has not
            Assert.InRange(arrived.Length, 0, Body.Length - 1);
            Assert.True(Body.AsSpan(0, (int)arrived.Length).SequenceEqual(arrived.ToArray()));
        }

        if (!up && change is not (RecordChange.CutInside or RecordChange.CutBetween))
        {
            Assert.Equal(ChannelError.Tampered, NoiseConnector.FindCause(error)?.Reason);
        }

        Assert.Equal(64, (await client.GetStringAsync("/hash")).Length);
        Assert.Equal(3, proxy.Accepted);
        Assert.Empty(app.Errors);
    }

    [Fact]
    public async Task Records_OfSingleBytes_AreAStreamAsAnyOther()
    {
        await using var app = await NoiseApp.StartAsync();
        using var peer = await RawPeer.ConnectAsync(app.Port);
        await peer.FinishAsync();
        byte[] hello = [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, 0, 0, 0, 4, 0, 0, 0, 0, 0];

        foreach (var one in hello)
        {
            await peer.WriteAsync(RawPeer.Framed(peer.Seal([]))); // sealed, and nothing in it: no error, and nothing
            await peer.WriteAsync(RawPeer.Framed(peer.Seal([one])));
        }

        var settings = new byte[70_000];
        var record = await peer.ReadMessageAsync();
        var length = peer.Receive.DecryptWithAd(settings, [], record);
        Assert.True(length >= 9);
        Assert.Equal(4, settings[3]); // the server's SETTINGS
        peer.Dispose();
        await app.IsUnharmedAsync();
    }

    [Fact]
    public async Task Request_OneRecordChanged_IsMadeAgain()
    {
        await using var vault = await RunningVault.StartAsync();
        var attack = new RecordAttack(RecordChange.Tag, up: true);
        await using var proxy = new RecordProxy(vault.Server.Port, attack.Change);
        await using var session = await SignInAsync(vault, proxy);

        attack.Arm(connection: proxy.Accepted - 1, after: 0);
        var status = await session.GetStatusAsync(default);

        Assert.True(attack.Struck);
        Assert.Equal("ada@example.org", status.Email);
    }

    [Fact]
    public async Task Request_EveryAnswerChanged_FailsAndSaysWhy_AndTheSessionOutlivesIt()
    {
        await using var vault = await RunningVault.StartAsync();
        var changing = false;
        await using var proxy = new RecordProxy(
            vault.Server.Port,
            message => Volatile.Read(ref changing) && message is { Up: false, Record: >= 0 }
                ? new Onward(RawPeer.Framed([(byte)(message.Bytes[0] ^ 1), .. message.Bytes.AsSpan(1)]))
                : RecordProxy.Unchanged(message));
        await using var session = await SignInAsync(vault, proxy);

        Volatile.Write(ref changing, true);
        var error = await Assert.ThrowsAsync<VaultException>(() => session.GetStatusAsync(default));
        Volatile.Write(ref changing, false);

        Assert.Equal(VaultErrorCode.ServerUnreachable, error.Code);
        Assert.Contains("changed on its way", error.Message, StringComparison.Ordinal);
        Assert.Equal("ada@example.org", (await session.GetStatusAsync(default)).Email);
    }

    private static async Task<VaultSession> SignInAsync(RunningVault vault, RecordProxy proxy)
    {
        await using (await vault.CreateAsync())
        {
        }

        using var password = RunningVault.Secret(RunningVault.Password);
        return await VaultSession.ConnectAsync(
            vault.Address with { Port = proxy.Port }, "ada@example.org", password, vault.Options, default);
    }

    private static void Map(WebApplication host, MemoryStream collected)
    {
        host.MapGet("/body", async (HttpContext http) =>
        {
            for (var start = 0; start < Body.Length; start += 32 * 1024)
            {
                await http.Response.Body.WriteAsync(Body.AsMemory(start, 32 * 1024), http.RequestAborted);
            }
        });
        host.MapPost("/collect", (HttpContext http) => http.Request.Body.CopyToAsync(collected, http.RequestAborted));
    }

    /// <summary>The body up or down; null, or what ended it.</summary>
    private static async Task<Exception?> MoveAsync(HttpClient client, bool up, MemoryStream arrived)
    {
        try
        {
            if (up)
            {
                using var response = await client.PostAsync("/collect", new ByteArrayContent(Body));
                response.EnsureSuccessStatusCode();
            }
            else
            {
                using var response = await client.GetAsync("/body", HttpCompletionOption.ResponseHeadersRead);
                await response.Content.CopyToAsync(arrived);
            }

            return null;
        }
        catch (Exception error) when (error is IOException or HttpRequestException or OperationCanceledException)
        {
            return error;
        }
    }

    private static byte[] MakeBody()
    {
        var body = new byte[1024 * 1024];
        new Random(7).NextBytes(body);
        return body;
    }
}

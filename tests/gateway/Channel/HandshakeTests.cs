using System.Net.Sockets;
using System.Security.Cryptography;
using Vault.Protocol.Channel;
using Vault.Tests.Support;

namespace Vault.Gateway.Tests.Channel;

/// <summary>Handshakes that come to nothing: each is closed by the server and leaves nothing behind.</summary>
public sealed class HandshakeTests : IAsyncLifetime
{
    private const int Message1Length = 34;

    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(10);

    // It stands still unless a test moves it: where none does, a connection was closed for what was sent, not for its time.
    private readonly ManualTime _time = new();
    private NoiseApp _app = null!; // xunit calls InitializeAsync first

    /// <summary>What the first message of a stranger may be.</summary>
    public static TheoryData<string, byte[]> WrongMessage1 => new()
    {
        { "nothing", RawPeer.Framed([]) },
        { "one byte", RawPeer.Framed([1]) },
        { "a key cut short", RawPeer.Framed(new byte[31]) },
        { "the neutral element", RawPeer.Framed(new byte[32]) },
        { "a point of low order", RawPeer.Framed([1, .. new byte[31]]) },
        { "a key and a payload", RawPeer.Framed(RandomNumberGenerator.GetBytes(33)) },
        { "the longest message", RawPeer.Framed(RandomNumberGenerator.GetBytes(512)) },
        { "a length beyond any handshake's", [0x02, 0x01] },
        { "the longest length", [0xff, 0xff] },
        { "text", "GET / HTTP/1.1\r\n\r\n"u8.ToArray() },
        { "a TLS hello", [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03] },
    };

    public static TheoryData<string> WrongMessage3 =>
        ["first byte", "last byte", "cut", "longer", "payload too long", "length only", "empty", "a message 1"];

    public async Task InitializeAsync() => _app = await NoiseApp.StartAsync(_time, maxPerAddress: 1_000);

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Theory]
    [MemberData(nameof(WrongMessage1))]
    public async Task Message1_Wrong_ClosesAtOnce(string what, byte[] bytes)
    {
        using var peer = await RawPeer.ConnectAsync(_app.Port);

        await peer.WriteAsync(bytes);

        Assert.True(await peer.UntilClosedAsync() == 0, what);
        await _app.IsUnharmedAsync();
    }

    [Theory]
    [MemberData(nameof(WrongMessage3))]
    public async Task Message3_Wrong_ClosesAtOnce(string what)
    {
        using var peer = await RawPeer.ConnectAsync(_app.Port);
        await peer.BeginAsync();
        var message = peer.NextMessage(what == "payload too long" ? NoiseHandshake.MaxPayloadLength + 1 : 16);
        byte[] wrong = what switch
        {
            "first byte" => RawPeer.Framed([(byte)(message[0] ^ 1), .. message.AsSpan(1)]),
            "last byte" => RawPeer.Framed([.. message.AsSpan(..^1), (byte)(message[^1] ^ 0x80)]),
            "cut" => RawPeer.Framed(message.AsSpan(..^1)),
            "longer" => RawPeer.Framed([.. message, 0]),
            "payload too long" => RawPeer.Framed(message),
            "length only" => [0xff, 0x00],
            "empty" => RawPeer.Framed([]),
            _ => RawPeer.Framed([9, .. new byte[31]]), // the base point: a public key
        };

        await peer.WriteAsync(wrong);

        Assert.Equal(0, await peer.UntilClosedAsync());
        await _app.IsUnharmedAsync();
    }

    [Fact]
    public async Task Message3_LongestPayload_IsTaken()
    {
        var connector = _app.Connector();
        connector.Payload = new byte[NoiseHandshake.MaxPayloadLength];
        using var client = connector.CreateHttpClient();

        Assert.Equal(64, (await client.GetStringAsync("/hash")).Length);
    }

    [Theory]
    [InlineData(0, false)] // connected, and nothing
    [InlineData(1, false)] // half a length
    [InlineData(2, false)] // a length
    [InlineData(Message1Length - 1, false)]
    [InlineData(Message1Length, false)]
    [InlineData(0, true)] // message 3 does not come
    [InlineData(65, true)] // it ends before its last byte
    public async Task Silence_InTheHandshake_ClosesWhenItsTimeIsOver(int sent, bool afterMessage2)
    {
        using var peer = await RawPeer.ConnectAsync(_app.Port);
        if (afterMessage2)
        {
            await peer.BeginAsync();
        }

        await peer.WriteAsync(RawPeer.Framed(peer.NextMessage()).AsMemory(0, sent));
        if (sent == Message1Length)
        {
            await peer.ReadMessageAsync();
        }

        await UntilTimersAsync(1);
        _time.Advance(HandshakeTimeout - TimeSpan.FromTicks(1));
        Assert.Equal(1, _time.Waiting);
        _time.Advance(TimeSpan.FromTicks(1));

        Assert.Equal(0, await peer.UntilClosedAsync());
        await _app.IsUnharmedAsync();
    }

    [Fact]
    public async Task Drip_OfSingleBytes_GetsNoMoreTimeThanSilence()
    {
        using var peer = await RawPeer.ConnectAsync(_app.Port);
        await UntilTimersAsync(1);
        foreach (var one in RawPeer.Framed(peer.NextMessage())[..20])
        {
            await peer.WriteAsync(new[] { one });
            _time.Advance(HandshakeTimeout / 20);
        }

        Assert.Equal(0, await peer.UntilClosedAsync());
        await _app.IsUnharmedAsync();
    }

    [Fact]
    public async Task Connections_ClosedRightAway_LeaveNothing()
    {
        for (var number = 0; number < 100; number++)
        {
            using var peer = await RawPeer.ConnectAsync(_app.Port);
        }

        await _app.IsUnharmedAsync();
        Assert.Equal(0, _time.Waiting);
    }

    [Fact]
    public async Task HalfOpen_AThousand_AllEndWhenTheirTimeIsOver()
    {
        var peers = await Task.WhenAll(Enumerable.Range(0, 1_000).Select(_ => RawPeer.ConnectAsync(_app.Port)));
        await UntilTimersAsync(1_000);

        _time.Advance(HandshakeTimeout);

        await Task.WhenAll(peers.Select(peer => peer.UntilClosedAsync()));
        await _app.IsUnharmedAsync();
        Array.ForEach(peers, peer => peer.Dispose());
    }

    [Fact]
    public async Task HalfOpen_MoreThanOneAddressMayHave_AreClosedAtOnce()
    {
        await using var app = await NoiseApp.StartAsync(_time, maxPerAddress: 8);
        var held = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => RawPeer.ConnectAsync(app.Port)));
        await app.UntilOpenAsync(8);

        for (var number = 0; number < 50; number++)
        {
            await IsClosedAsync(app.Port);
        }

        await app.UntilOpenAsync(8);
        Array.ForEach(held, peer => peer.Dispose());
        await app.IsUnharmedAsync();
    }

    [Fact]
    public async Task Connections_MoreThanOneAddressMayHave_AreClosedUntilOneEnds()
    {
        await using var app = await NoiseApp.StartAsync(_time, maxConnections: 3); // nothing is closed because its time is over
        var held = Enumerable.Range(0, 3).Select(_ => app.Connector().CreateHttpClient()).ToList();
        foreach (var client in held)
        {
            await client.GetStringAsync("/hash");
        }

        for (var number = 0; number < 10; number++)
        {
            await IsClosedAsync(app.Port);
        }

        await app.UntilOpenAsync(3);
        held[0].Dispose();
        await app.UntilOpenAsync(2);
        using (var another = app.Connector().CreateHttpClient())
        {
            Assert.Equal(64, (await another.GetStringAsync("/hash")).Length);
        }

        held.ForEach(client => client.Dispose());
        await app.IsUnharmedAsync();
    }

    private static async Task IsClosedAsync(int port)
    {
        try
        {
            using var peer = await RawPeer.ConnectAsync(port);
            Assert.Equal(0, await peer.UntilClosedAsync());
        }
        catch (SocketException)
        {
            // So fast that it closed while this side still connected.
        }
    }

    // Each handshake has one timer; the count is reached by what the server does on its own threads.
    private async Task UntilTimersAsync(int count)
    {
        await _app.UntilOpenAsync(count);
        using var patience = new CancellationTokenSource(NoiseApp.Patience);
        while (_time.Waiting != count)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), patience.Token);
        }
    }
}

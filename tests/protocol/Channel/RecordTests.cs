using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using Vault.Cryptography.Noise;
using Vault.Protocol.Channel;

namespace Vault.Protocol.Tests.Channel;

/// <summary>What the reader makes of records as somebody else wrote them.</summary>
public sealed class RecordTests
{
    private readonly ChannelPair _pair = new();
    private readonly NoiseDuplexPipe _server;

    public RecordTests() => _server = new NoiseDuplexPipe(_pair.Server, _pair.ServerSends, _pair.ServerReceives);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(15)]
    public async Task Record_ShorterThanItsTag_IsTampered(int length)
    {
        await WriteAsync(Framed(new byte[length]));

        Assert.Equal(ChannelError.Tampered, await ErrorAsync());
    }

    [Fact]
    public async Task Record_WithNothingInIt_IsPassedOver()
    {
        await WriteAsync(Seal([]));
        await WriteAsync(Seal([1, 2]));
        await WriteAsync(Seal([]));

        var read = await _server.Input.ReadAsync();

        Assert.Equal([1, 2], read.Buffer.ToArray());
        Assert.False(read.IsCompleted);
    }

    [Fact]
    public async Task Record_OfTheLongestLength_Arrives()
    {
        var sent = new byte[NoiseProtocol.MaxMessageLength - NoiseProtocol.TagLength];
        new Random(1).NextBytes(sent);
        await WriteAsync(Seal(sent));

        var read = await _server.Input.ReadAsync();

        Assert.Equal(sent, read.Buffer.ToArray());
    }

    [Theory]
    [InlineData(65_519)]
    [InlineData(65_520)]
    [InlineData(133_147)]
    [InlineData(1_000_000)]
    public async Task Write_OfMoreAtOnceThanAMessageHolds_Arrives(int length)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var writer = new NoiseDuplexPipe(_pair.Client, _pair.ClientSends, _pair.ClientReceives).Output;
        var sent = new byte[3 + length];
        new Random(length).NextBytes(sent);

        sent.AsSpan(0, 3).CopyTo(writer.GetSpan(3));
        writer.Advance(3);
        writer.GetMemory(length); // asked for and not used
        sent.AsSpan(3).CopyTo(writer.GetSpan(length));
        writer.Advance(length);
        await writer.FlushAsync();
        var read = await _server.Input.ReadAtLeastAsync(sent.Length, patience.Token);

        Assert.Equal(sent, read.Buffer.ToArray());
    }

    [Fact]
    public void Advance_ByMoreThanWasAskedFor_Throws()
    {
        var writer = new NoiseDuplexPipe(_pair.Client, _pair.ClientSends, _pair.ClientReceives).Output;
        var memory = writer.GetMemory(100_000);

        Assert.Throws<ArgumentOutOfRangeException>(() => writer.Advance(memory.Length + 1));
    }

    [Fact]
    public async Task Record_ChangedBehindGoodOnes_DeliversOnlyThose()
    {
        await WriteAsync(Seal([1, 2, 3]));
        var read = await _server.Input.ReadAsync();
        Assert.Equal([1, 2, 3], read.Buffer.ToArray());
        _server.Input.AdvanceTo(read.Buffer.End);
        var changed = Seal([4, 5, 6]);
        changed[2] ^= 1;
        await WriteAsync([.. changed, .. Seal([7, 8, 9])]);

        Assert.Equal(ChannelError.Tampered, await ErrorAsync());
    }

    [Theory]
    [InlineData(1)] // inside the length
    [InlineData(2)]
    [InlineData(20)] // a byte before its end
    public async Task Record_CutByTheEndOfTheConnection_IsTruncated(int length)
    {
        await WriteAsync(Seal([1, 2, 3])[..length]);
        await _pair.Client.Output.CompleteAsync();

        Assert.Equal(ChannelError.Truncated, await ErrorAsync());
    }

    [Fact]
    public async Task Connection_EndedBetweenRecords_IsAnEnd()
    {
        await WriteAsync(Seal([1]));
        await _pair.Client.Output.CompleteAsync();

        var read = await _server.Input.ReadAtLeastAsync(2);

        Assert.Equal([1], read.Buffer.ToArray());
        Assert.True(read.IsCompleted);
    }

    [Fact]
    public async Task Record_InPieces_ArrivesOnceItIsWhole()
    {
        var record = Seal([1, 2, 3]);
        foreach (var one in record[..^1])
        {
            await WriteAsync([one]);
            Assert.False(_server.Input.TryRead(out _));
        }

        await WriteAsync(record[^1..]);

        Assert.Equal([1, 2, 3], (await _server.Input.ReadAsync()).Buffer.ToArray());
    }

    [Fact]
    public async Task Psk_FirstMessageReplayed_GetsNoFurther()
    {
        var psk = new byte[NoiseProtocol.PskLength];
        var recorded = await RecordClientAsync(psk);
        var (up, down) = (new Pipe(), new Pipe());
        await up.Writer.WriteAsync(recorded);

        var channel = await NoiseHandshake.WithPskAsync(new Ends(up.Reader, down.Writer), psk, initiator: false, default);
        var error = await Assert.ThrowsAsync<ChannelException>(async () => await channel.Pipe.Input.ReadAsync());

        Assert.Equal(ChannelError.Tampered, error.Reason); // the answer had a new ephemeral key, which the recording does not know
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    public async Task Psk_AnotherKey_IsRefused(int differsAt)
    {
        var (up, down) = (new Pipe(), new Pipe());
        var (mine, yours) = (new byte[NoiseProtocol.PskLength], new byte[NoiseProtocol.PskLength]);
        yours[differsAt] = 1;
        var client = NoiseHandshake.WithPskAsync(new Ends(down.Reader, up.Writer), mine, initiator: true, default);

        var server = await Assert.ThrowsAsync<ChannelException>(
            () => NoiseHandshake.WithPskAsync(new Ends(up.Reader, down.Writer), yours, initiator: false, default));
        await down.Writer.CompleteAsync();

        Assert.Equal(ChannelError.HandshakeFailed, server.Reason);
        Assert.Equal(ChannelError.HandshakeFailed, (await Assert.ThrowsAsync<ChannelException>(() => client)).Reason);
    }

    private static async Task<byte[]> RecordClientAsync(byte[] psk)
    {
        var (up, down, copy) = (new Pipe(), new Pipe(), new MemoryStream());
        var server = NoiseHandshake.WithPskAsync(new Ends(up.Reader, down.Writer), psk, initiator: false, default);
        var recorder = new Pipe();
        var client = NoiseHandshake.WithPskAsync(new Ends(down.Reader, recorder.Writer), psk, initiator: true, default);
        await MoveAsync(recorder.Reader, up.Writer, copy);
        await server;
        await (await client).Pipe.Output.WriteAsync("a command"u8.ToArray());
        await MoveAsync(recorder.Reader, up.Writer, copy);
        return copy.ToArray();
    }

    private static async Task MoveAsync(PipeReader from, PipeWriter to, MemoryStream copy)
    {
        var read = await from.ReadAsync();
        copy.Write(read.Buffer.ToArray());
        await to.WriteAsync(read.Buffer.ToArray());
        from.AdvanceTo(read.Buffer.End);
    }

    private static byte[] Framed(ReadOnlySpan<byte> message)
    {
        var framed = new byte[2 + message.Length];
        BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)message.Length);
        message.CopyTo(framed.AsSpan(2));
        return framed;
    }

    private byte[] Seal(ReadOnlySpan<byte> plaintext)
    {
        var message = new byte[plaintext.Length + NoiseProtocol.TagLength];
        _pair.ClientSends.EncryptWithAd(message, [], plaintext);
        return Framed(message);
    }

    private async Task WriteAsync(byte[] bytes) => await _pair.Client.Output.WriteAsync(bytes);

    private async Task<ChannelError> ErrorAsync() =>
        (await Assert.ThrowsAsync<ChannelException>(async () => await _server.Input.ReadAsync())).Reason;

    private sealed record Ends(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}

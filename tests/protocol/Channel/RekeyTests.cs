using System.Buffers;
using System.IO.Pipelines;
using Vault.Cryptography.Noise;
using Vault.Protocol.Channel;

namespace Vault.Protocol.Tests.Channel;

/// <summary>Each direction changes its key after so many records, and both ends at the same one.</summary>
public sealed class RekeyTests
{
    private const long Never = long.MaxValue;

    private readonly ChannelPair _pair = new();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public async Task Records_AcrossManyRekeys_ArriveBothWays(long interval)
    {
        var client = new NoiseDuplexPipe(_pair.Client, _pair.ClientSends, _pair.ClientReceives, interval);
        var server = new NoiseDuplexPipe(_pair.Server, _pair.ServerSends, _pair.ServerReceives, interval);

        for (var number = 0; number < 100; number++)
        {
            await ArrivesAsync(client.Output, server.Input, number);
            if (number % 3 == 0) // the directions count for themselves
            {
                await ArrivesAsync(server.Output, client.Input, number);
            }
        }
    }

    [Theory]
    [InlineData(true, 5, Never)]
    [InlineData(true, Never, 5)]
    [InlineData(true, 6, 5)]
    [InlineData(false, 5, Never)]
    [InlineData(false, Never, 5)]
    [InlineData(false, 5, 6)]
    public async Task Peer_ThatRekeysAtAnotherRecord_IsCutOff(bool up, long clientInterval, long serverInterval)
    {
        var client = new NoiseDuplexPipe(_pair.Client, _pair.ClientSends, _pair.ClientReceives, clientInterval);
        var server = new NoiseDuplexPipe(_pair.Server, _pair.ServerSends, _pair.ServerReceives, serverInterval);
        var (output, input) = up ? (client.Output, server.Input) : (server.Output, client.Input);
        for (var number = 0; number < 5; number++)
        {
            await ArrivesAsync(output, input, number);
        }

        var error = await Assert.ThrowsAsync<ChannelException>(() => ArrivesAsync(output, input, 5));

        Assert.Equal(ChannelError.Tampered, error.Reason);
    }

    [Fact]
    public async Task Interval_OfTheProtocol_IsTwoToTheTwentiethRecords()
    {
        const int records = 1 << 20;
        var client = new NoiseDuplexPipe(_pair.Client, _pair.ClientSends, _pair.ClientReceives);
        for (var number = 0; number < records; number++)
        {
            await client.Output.WriteAsync(new byte[] { 1 });
            Open(_pair.ServerReceives, await TakeAsync(_pair.Server.Input)); // the peer has not changed its key yet
        }

        await client.Output.WriteAsync(new byte[] { 2 });
        _pair.ServerReceives.Rekey();

        Assert.Equal(2, Open(_pair.ServerReceives, await TakeAsync(_pair.Server.Input)));
    }

    [Fact]
    public async Task Reader_AtTheProtocolsInterval_ExpectsTheNewKey()
    {
        const int records = 1 << 20;
        var server = new NoiseDuplexPipe(_pair.Server, _pair.ServerSends, _pair.ServerReceives);
        var output = _pair.Client.Output;
        for (var number = 0; number <= records; number++)
        {
            if (number == records)
            {
                _pair.ClientSends.Rekey();
            }

            Seal(_pair.ClientSends, output, (byte)(number % 251));
            await output.FlushAsync();
            var read = await server.Input.ReadAsync();
            Assert.Equal(number % 251, read.Buffer.FirstSpan[0]);
            server.Input.AdvanceTo(read.Buffer.End);
        }
    }

    private static async Task ArrivesAsync(PipeWriter output, PipeReader input, int number)
    {
        var sent = new byte[1 + (number * 700)];
        new Random(number).NextBytes(sent);
        await output.WriteAsync(sent);
        var read = await input.ReadAtLeastAsync(sent.Length);
        Assert.Equal(sent, read.Buffer.ToArray());
        input.AdvanceTo(read.Buffer.End);
    }

    private static async Task<byte[]> TakeAsync(PipeReader input)
    {
        var read = await input.ReadAtLeastAsync(2 + 1 + NoiseProtocol.TagLength);
        var message = read.Buffer.Slice(2, 1 + NoiseProtocol.TagLength);
        var bytes = message.ToArray();
        input.AdvanceTo(message.End);
        return bytes;
    }

    private static byte Open(CipherState cipher, byte[] message)
    {
        Span<byte> plaintext = stackalloc byte[1];
        Assert.Equal(1, cipher.DecryptWithAd(plaintext, [], message));
        return plaintext[0];
    }

    private static void Seal(CipherState cipher, PipeWriter output, byte plaintext)
    {
        var record = output.GetSpan(2 + 1 + NoiseProtocol.TagLength);
        record[0] = 0;
        record[1] = 1 + NoiseProtocol.TagLength;
        cipher.EncryptWithAd(record[2..], [], [plaintext]);
        output.Advance(2 + 1 + NoiseProtocol.TagLength);
    }
}

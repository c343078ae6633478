using System.Buffers;
using System.IO.Pipelines;
using Vault.Protocol.Channel;

namespace Vault.Protocol.Tests.Channel;

public sealed class NoiseDuplexPipeTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Bytes_WrittenInAnyPieces_ArriveInOrder(int seed)
    {
        var (client, server) = await PairAsync();
        var random = new Random(seed);
        var sent = new byte[20_000_000];
        random.NextBytes(sent);
        var writing = Task.Run(async () =>
        {
            for (var offset = 0; offset < sent.Length;)
            {
                var length = Math.Min(random.Next(1, 200_000), sent.Length - offset);
                client.Output.Write(sent.AsSpan(offset, length));
                offset += length;
                if (random.Next(3) == 0)
                {
                    await client.Output.FlushAsync();
                }
            }

            await client.Output.CompleteAsync();
        });
        var received = new MemoryStream();
        while (true)
        {
            var read = await server.Input.ReadAsync();
            var taken = read.Buffer.Slice(0, Math.Min(read.Buffer.Length, 1 + (received.Length % 70_000)));
            foreach (var piece in taken)
            {
                received.Write(piece.Span);
            }

            server.Input.AdvanceTo(taken.End);
            if (read.IsCompleted && taken.Length == read.Buffer.Length)
            {
                break;
            }
        }

        await writing;
        Assert.True(received.ToArray().AsSpan().SequenceEqual(sent));
    }

    private static async Task<(NoiseDuplexPipe Client, NoiseDuplexPipe Server)> PairAsync()
    {
        var (up, down) = (new Pipe(), new Pipe());
        var key = new byte[32];
        key[0] = 1;
        var server = NoiseHandshake.RespondAsync(new Ends(up.Reader, down.Writer), key, default);
        var client = NoiseHandshake.InitiateAsync(new Ends(down.Reader, up.Writer), key, default, _ => true, default);
        return ((await client).Pipe, (await server).Pipe);
    }

    private sealed record Ends(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}

using System.Collections.Concurrent;
using System.Security.Cryptography;
using Vault.Tests.Support;

namespace Vault.Gateway.Tests.Channel;

/// <summary>Random changes, the same in each run: the server never fails in a way that nobody expected, and closes what it should.</summary>
public sealed class FuzzTests : IAsyncLifetime
{
    private readonly ConcurrentQueue<string> _unobserved = [];
    private NoiseApp _app = null!; // xunit calls InitializeAsync first

    public async Task InitializeAsync()
    {
        TaskScheduler.UnobservedTaskException += Unobserved;
        _app = await NoiseApp.StartAsync(new ManualTime()); // nothing is closed just because its time was over
    }

    public async Task DisposeAsync()
    {
        await _app.DisposeAsync();
        TaskScheduler.UnobservedTaskException -= Unobserved;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Connection_WithMessagesChangedOnTheWay_AnswersRightlyOrFails(int seed)
    {
        var random = new Random(seed);
        var failed = 0;
        for (var round = 0; round < 60; round++)
        {
            var strike = random.Next(12); // the how-manieth message of the connection, in any direction
            var passed = new List<byte[]>();
            await using var proxy = new RecordProxy(_app.Port, message =>
            {
                passed.Add(message.Bytes);
                return passed.Count == strike + 1 ? Change(random, passed) : RecordProxy.Unchanged(message);
            });
            using var client = _app.Connector(proxy.Port).CreateHttpClient();
            failed += await IsAnsweredAsync(client, RandomBytes(random, random.Next(100_000))) ? 0 : 1;
        }

        Assert.InRange(failed, 20, 60);
        await IsUnharmedAsync();
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public async Task Recording_PlayedAgainWithChanges_IsClosed(int seed)
    {
        var random = new Random(seed);
        var recording = await RecordAsync();
        for (var round = 0; round < 150; round++)
        {
            var bytes = recording.ToArray();
            for (var changes = random.Next(1, 5); changes > 0; changes--)
            {
                bytes[random.Next(random.Next(2) == 0 ? 100 : bytes.Length)] = (byte)random.Next(256);
            }

            using var peer = await RawPeer.ConnectAsync(_app.Port);
            await peer.TryWriteAsync(bytes.AsMemory(0, random.Next(bytes.Length)));
            peer.EndWriting();
            await peer.UntilClosedAsync();
        }

        await IsUnharmedAsync();
    }

    [Theory]
    [InlineData(21)]
    [InlineData(22)]
    public async Task Records_OfRandomContent_AreClosed(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 80; round++)
        {
            var content = RandomBytes(random, random.Next(1, 3_000));
            if (random.Next(3) > 0)
            {
                byte[] preface = [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, (byte)random.Next(40), (byte)random.Next(10)];
                content = [.. preface, .. content];
            }

            using var peer = await RawPeer.ConnectAsync(_app.Port);
            await peer.FinishAsync();
            foreach (var piece in content.Chunk(random.Next(1, 500)))
            {
                if (!await peer.TryWriteAsync(RawPeer.Framed(peer.Seal(piece))))
                {
                    break;
                }
            }

            peer.EndWriting();
            await peer.UntilClosedAsync();
        }

        await IsUnharmedAsync();
    }

    private static Onward Change(Random random, List<byte[]> passed)
    {
        var bytes = passed[^1].ToArray();
        var framed = RawPeer.Framed(bytes);
        switch (random.Next(7))
        {
            case 0:
                bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                return new Onward(RawPeer.Framed(bytes));
            case 1:
                return new Onward([.. framed, .. framed]);
            case 2:
                return new Onward(RawPeer.Framed(passed[random.Next(passed.Count)])); // the same, if there is no other
            case 3:
                return new Onward([.. RawPeer.Framed(RandomBytes(random, random.Next(1_000))), .. framed]);
            case 4: // what may leave the other side waiting for more is cut after it
                return new Onward(framed[..random.Next(framed.Length)], Cut: true);
            case 5:
                framed[random.Next(2)] ^= (byte)(1 << random.Next(8));
                return new Onward(framed, Cut: true);
            default:
                return new Onward(RandomBytes(random, random.Next(1, 70_000)), Cut: true);
        }
    }

    private static async Task<bool> IsAnsweredAsync(HttpClient client, byte[] body)
    {
        try
        {
            using var patience = new CancellationTokenSource(NoiseApp.Patience);
            using var response = await client.PostAsync("/sha256", new ByteArrayContent(body), patience.Token);
            Assert.Equal(Convert.ToHexString(SHA256.HashData(body)), await response.Content.ReadAsStringAsync(patience.Token));
            Assert.Equal(64, (await client.GetStringAsync("/hash", patience.Token)).Length);
            return true;
        }
        catch (Exception error) when (error is HttpRequestException or TaskCanceledException { InnerException: not TimeoutException })
        {
            return false;
        }
    }

    private static byte[] RandomBytes(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    /// <summary>All that a client sends for one request.</summary>
    private async Task<byte[]> RecordAsync()
    {
        await using var proxy = new RecordProxy(_app.Port);
        using (var client = _app.Connector(proxy.Port).CreateHttpClient())
        {
            await client.GetStringAsync("/hash");
        }

        return [.. proxy.Passed.Where(message => message.Up).SelectMany(message => RawPeer.Framed(message.Bytes))];
    }

    private async Task IsUnharmedAsync()
    {
        await _app.IsUnharmedAsync();
        GC.Collect();
        GC.WaitForPendingFinalizers(); // an exception that nobody looked at shows when its task is collected
        GC.Collect();
        Assert.Empty(_unobserved);
    }

    private void Unobserved(object? sender, UnobservedTaskExceptionEventArgs unobserved)
    {
        var text = unobserved.Exception.ToString();
        if (text.Contains("Vault.", StringComparison.Ordinal))
        {
            _unobserved.Enqueue(text);
        }
    }
}

using System.Security.Cryptography;
using System.Text;

namespace Vault.Storage.Tests;

/// <summary>What every event log keeps to; a backend's test class inherits it.</summary>
public abstract class EventLogContract
{
    private static readonly CancellationToken None = CancellationToken.None;

    /// <summary>The log under test, empty at the start of each test.</summary>
    protected abstract IEventLog Log { get; }

    /// <summary>How many events make a long stream; a slow backend takes fewer.</summary>
    protected virtual int LongStream => 10_000;

    protected static StreamName Users { get; } = StreamName.Create("users", "5f0c11");

    [Fact]
    public async Task ReadAsync_NoStream_YieldsNothing() => Assert.Empty(await Log.AllAsync(Users));

    [Fact]
    public async Task AppendAsync_ThenRead_GivesTheSameEventsInOrder()
    {
        var head = await Log.AppendManyAsync(Users, 20);
        var events = await Log.AllAsync(Users);
        Assert.Equal(Enumerable.Range(1, 20).Select(n => (long)n), events.Select(e => e.Version));
        Assert.Equal("{\"number\":7}", events[6].Text());
        Assert.Equal("test.happened.v1", events[6].Type);
        Assert.Equal(Events.Noon.AddTicks(7), events[6].Time);
        Assert.Equal(head, events[^1].Head);
    }

    [Fact]
    public async Task AppendAsync_TimeWithOffset_IsTheSameInstantInUtc()
    {
        var local = new DateTimeOffset(2025, 6, 1, 1, 2, 3, TimeSpan.FromHours(5.5)).AddTicks(1234567);
        await Log.AppendAsync(Users, StreamHead.Empty, Events.New(1) with { Time = local }, None);
        var stored = Assert.Single(await Log.AllAsync(Users));
        Assert.Equal(local.UtcTicks, stored.Time.UtcTicks);
        Assert.Equal(TimeSpan.Zero, stored.Time.Offset);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("null")]
    [InlineData("\"}\"")]
    [InlineData("{\"hash\":\"x\",\"a\":[1,{\"b\":\"\\n,\\\"hash\\\":\\\"\"}]}")]
    [InlineData("{ \"spaced\" : \"ä€😀\" }")]
    public async Task AppendAsync_AnyJsonValue_ComesBackByteForByte(string json)
    {
        var head = await Log.AppendAsync(Users, StreamHead.Empty, Events.New(1, json), None);
        await Log.AppendAsync(Users, head, Events.New(2), None);
        Assert.Equal(json, (await Log.AllAsync(Users))[0].Text());
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{} {}")]
    [InlineData("{\n}")]
    [InlineData("{\r}")]
    [InlineData("nope")]
    public async Task AppendAsync_NotOneJsonValueOnOneLine_IsRefused(string data)
    {
        await Assert.ThrowsAsync<ArgumentException>(
            () => Log.AppendAsync(Users, StreamHead.Empty, Events.New(1, data), None));
        Assert.Empty(await Log.AllAsync(Users));
    }

    [Fact]
    public async Task AppendAsync_InvalidUtf8_IsRefused()
    {
        var bad = Events.New(1) with { Data = new byte[] { (byte)'"', 0xC3, (byte)'"' } };
        await Assert.ThrowsAsync<ArgumentException>(() => Log.AppendAsync(Users, StreamHead.Empty, bad, None));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Upper.v1")]
    [InlineData("a\"b")]
    [InlineData("a\nb")]
    public async Task AppendAsync_BadType_IsRefused(string type) => await Assert.ThrowsAsync<ArgumentException>(
        () => Log.AppendAsync(Users, StreamHead.Empty, Events.New(1) with { Type = type }, None));

    [Fact]
    public async Task AppendAsync_LongestData_IsStored()
    {
        var data = "\"" + new string('x', NewEvent.MaxDataLength - 2) + "\"";
        var head = await Log.AppendAsync(Users, StreamHead.Empty, Events.New(1, data), None);
        head = await Log.AppendAsync(Users, head, Events.New(2, data), None);
        await Log.AppendAsync(Users, head, Events.New(3), None);
        var events = await Log.AllAsync(Users);
        Assert.Equal(3, events.Count);
        Assert.Equal(data, events[1].Text());
    }

    [Fact]
    public async Task AppendAsync_LongerData_IsTooLarge() => await Expect.StorageErrorAsync(
        StorageError.TooLarge,
        () => Log.AppendAsync(
            Users, StreamHead.Empty, Events.New(1, "\"" + new string('x', NewEvent.MaxDataLength) + "\""), None));

    [Fact]
    public async Task AppendAsync_DefaultName_IsRefused() => await Assert.ThrowsAsync<ArgumentException>(
        () => Log.AppendAsync(default, StreamHead.Empty, Events.New(1), None));

    [Fact]
    public async Task AppendAsync_StaleWriter_ConflictsAndChangesNothing()
    {
        var first = await Log.AppendManyAsync(Users, 1);
        var second = await Log.AppendAsync(Users, first, Events.New(2), None);
        foreach (var stale in new[] { StreamHead.Empty, first })
        {
            await Expect.StorageErrorAsync(
                StorageError.Conflict, () => Log.AppendAsync(Users, stale, Events.New(9), None));
        }

        Assert.Equal(second, (await Log.AllAsync(Users))[^1].Head);
        await Log.AppendAsync(Users, second, Events.New(3), None);
    }

    [Fact]
    public async Task AppendAsync_HeadThatNeverWas_Conflicts()
    {
        var head = await Log.AppendManyAsync(Users, 2);
        var other = new LineHash(SHA256.HashData("other"u8));
        foreach (var wrong in new[]
                 {
                     head with { Hash = other }, head with { Version = 3 }, head with { Version = 0 },
                     head with { Position = head.Position - 1 }, head with { Position = head.Position + 1 },
                     head with { Position = 0 }, head with { Position = long.MaxValue }, head with { Position = -1 },
                 })
        {
            await Expect.StorageErrorAsync(
                StorageError.Conflict, () => Log.AppendAsync(Users, wrong, Events.New(3), None));
            await Expect.StorageErrorAsync(StorageError.Conflict, () => Log.FromAsync(Users, wrong));
        }

        Assert.Equal(2, (await Log.AllAsync(Users)).Count);
    }

    [Fact]
    public async Task AppendAsync_NoStreamButAHead_Conflicts()
    {
        var head = await Log.AppendManyAsync(Users, 1);
        var other = StreamName.Create("users", "0000");
        await Expect.StorageErrorAsync(StorageError.Conflict, () => Log.AppendAsync(other, head, Events.New(2), None));
        await Expect.StorageErrorAsync(StorageError.Conflict, () => Log.FromAsync(other, head));
        Assert.Empty(await Log.AllAsync(other));
    }

    [Fact]
    public async Task AppendAsync_TwoWritersRace_ExactlyOneWinsEachVersion()
    {
        const int Versions = 60;
        const int Writers = 4;
        var head = StreamHead.Empty;
        for (var version = 1; version <= Versions; version++)
        {
            using var barrier = new Barrier(Writers);
            var expected = head;
            var results = await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
            {
                barrier.SignalAndWait();
                try
                {
                    return (writer, head: await Log.AppendAsync(Users, expected, Events.New(writer), None));
                }
                catch (StorageException error) when (error.Reason == StorageError.Conflict)
                {
                    return (writer, head: StreamHead.Empty);
                }
            })));
            var winner = Assert.Single(results, result => result.head != StreamHead.Empty);
            head = winner.head;
            var stored = (await Log.FromAsync(Users, expected)).Single();
            Assert.Equal(winner.head, stored.Head);
            Assert.Equal($"{{\"number\":{winner.writer}}}", stored.Text());
        }
    }

    [Fact]
    public async Task AppendAsync_Cancelled_WritesNothing()
    {
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Log.AppendAsync(Users, StreamHead.Empty, Events.New(1), new CancellationToken(canceled: true)));
        Assert.Empty(await Log.AllAsync(Users));
    }

    [Fact]
    public async Task AppendAsync_ManyStreamsAtOnce_KeepsThemApart()
    {
        var streams = Enumerable.Range(0, 50).Select(n => StreamName.Create("files", $"{n:x8}")).ToArray();
        await Task.WhenAll(streams.Select(stream => Log.AppendManyAsync(stream, 10)));
        foreach (var stream in streams)
        {
            Assert.Equal(10, (await Log.AllAsync(stream)).Count);
        }
    }

    [Fact]
    public async Task ReadAsync_WhileAppending_SeesAPrefix()
    {
        var writing = Log.AppendManyAsync(Users, 200);
        var seen = 0;
        do
        {
            var events = await Log.AllAsync(Users);
            Assert.True(events.Count >= seen);
            seen = events.Count;
        }
        while (!writing.IsCompleted);
        await writing;
        Assert.Equal(200, (await Log.AllAsync(Users)).Count);
    }

    [Fact]
    public async Task ReadAsync_FromAnyHead_YieldsTheRest()
    {
        await Log.AppendManyAsync(Users, 12);
        var all = await Log.AllAsync(Users);
        foreach (var stored in all)
        {
            var rest = await Log.FromAsync(Users, stored.Head);
            Assert.Equal(all.Skip((int)stored.Version).Select(e => e.Head), rest.Select(e => e.Head));
        }
    }

    [Fact]
    public async Task ReadSnapshotAsync_LongStream_ReplaysTheSameFromASnapshot()
    {
        var head = StreamHead.Empty;
        long sum = 0;
        for (var number = 1; number <= LongStream; number++)
        {
            head = await Log.AppendAsync(Users, head, Events.New(number), None);
            sum += number;
            if (number == LongStream - 1_000)
            {
                var state = Encoding.UTF8.GetBytes($"{{\"sum\":{sum}}}");
                await Log.WriteSnapshotAsync(Users, new StoredSnapshot(head, "test.v1", state), None);
            }
        }

        Assert.Equal(sum, (await Log.AllAsync(Users)).Sum(Number));
        var snapshot = await Log.ReadSnapshotAsync(Users, None);
        Assert.NotNull(snapshot);
        Assert.Equal("test.v1", snapshot.Type);
        var rest = await Log.FromAsync(Users, snapshot.Head);
        Assert.Equal(1_000, rest.Count);
        using var folded = System.Text.Json.JsonDocument.Parse(snapshot.State);
        Assert.Equal(sum, folded.RootElement.GetProperty("sum").GetInt64() + rest.Sum(Number));
        Assert.Equal(head, rest[^1].Head);

        static long Number(StoredEvent stored) => long.Parse(
            stored.Text()["{\"number\":".Length..^1], System.Globalization.CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task WriteSnapshotAsync_Again_ReplacesIt()
    {
        var head = await Log.AppendManyAsync(Users, 3);
        foreach (var state in new[] { "{\"a\":1}", "[]", "\"hash\"" })
        {
            var snapshot = new StoredSnapshot(head, "test.v1", Encoding.UTF8.GetBytes(state));
            await Log.WriteSnapshotAsync(Users, snapshot, None);
            var read = await Log.ReadSnapshotAsync(Users, None);
            Assert.Equal(head, read!.Head);
            Assert.Equal(state, Encoding.UTF8.GetString(read.State.Span));
        }
    }

    [Fact]
    public async Task ReadSnapshotAsync_NoneOrForeign_IsNull()
    {
        Assert.Null(await Log.ReadSnapshotAsync(Users, None));
        var head = await Log.AppendManyAsync(Users, 3);
        Assert.Null(await Log.ReadSnapshotAsync(Users, None));
        foreach (var foreign in new[]
                 {
                     head with { Hash = new LineHash(SHA256.HashData("other"u8)) }, head with { Version = 2 },
                     head with { Position = head.Position - 1 }, head with { Position = head.Position + 1_000 },
                 })
        {
            await Log.WriteSnapshotAsync(Users, new StoredSnapshot(foreign, "test.v1", "{}"u8.ToArray()), None);
            Assert.Null(await Log.ReadSnapshotAsync(Users, None));
        }
    }

    [Fact]
    public async Task WriteSnapshotAsync_OfNothingOrNotJson_IsRefused()
    {
        var head = await Log.AppendManyAsync(Users, 1);
        foreach (var bad in new[]
                 {
                     new StoredSnapshot(StreamHead.Empty, "test.v1", "{}"u8.ToArray()),
                     new StoredSnapshot(head, "Test", "{}"u8.ToArray()),
                     new StoredSnapshot(head, "test.v1", "{"u8.ToArray()),
                 })
        {
            await Assert.ThrowsAsync<ArgumentException>(() => Log.WriteSnapshotAsync(Users, bad, None));
        }
    }

    [Fact]
    public async Task DeleteAsync_StreamWithSnapshot_LeavesNothingAndCanBeginAnew()
    {
        var head = await Log.AppendManyAsync(Users, 3);
        await Log.WriteSnapshotAsync(Users, new StoredSnapshot(head, "test.v1", "{}"u8.ToArray()), None);
        await Log.DeleteAsync(Users, None);
        await Log.DeleteAsync(Users, None);
        Assert.Empty(await Log.AllAsync(Users));
        Assert.Null(await Log.ReadSnapshotAsync(Users, None));
        await Expect.StorageErrorAsync(StorageError.Conflict, () => Log.AppendAsync(Users, head, Events.New(4), None));
        await Log.AppendManyAsync(Users, 1);
        Assert.Single(await Log.AllAsync(Users));
    }

    [Fact]
    public async Task ListAsync_ManyStreams_NamesThoseOfTheCategory()
    {
        string[] ids = ["a", "ab", "abc", "ab-c", .. Enumerable.Range(0, 600).Select(n => $"{n:x8}")];
        await Parallel.ForEachAsync(
            ids, async (id, _) => await Log.AppendManyAsync(StreamName.Create("files", id), 1));

        var head = await Log.AppendManyAsync(Users, 1);
        await Log.WriteSnapshotAsync(Users, new StoredSnapshot(head, "test.v1", "{}"u8.ToArray()), None);
        Assert.Equal(ids.Order(), (await ListAsync("files")).Select(name => name.Id).Order());
        Assert.Equal([Users], await ListAsync("users"));
        Assert.Empty(await ListAsync("recoveries"));
        await Assert.ThrowsAsync<ArgumentException>(() => ListAsync("../users"));

        async Task<List<StreamName>> ListAsync(string category)
        {
            List<StreamName> names = [];
            await foreach (var name in Log.ListAsync(category, None))
            {
                names.Add(name);
            }

            return names;
        }
    }
}

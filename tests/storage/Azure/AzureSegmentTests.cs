using System.Text;
using Vault.Storage.Azure;
using Vault.Storage.Lines;
using Vault.Tests.Support;

namespace Vault.Storage.Tests.Azure;

/// <summary>Every event log's contract again, with a segment for every third event.</summary>
public sealed class AzureShortSegmentsTests(AzuriteFixture fixture) : EventLogContract, IClassFixture<AzuriteFixture>, IAsyncLifetime
{
    private readonly AzureContainer _container = Containers.New(fixture.Azurite, AzureSegmentTests.Short);
    private AzureEventLog? _log;

    protected override int LongStream => 1_050;

    protected override IEventLog Log => _log ??= new AzureEventLog(_container);

    public Task InitializeAsync() => _container.OpenAsync(create: true, default);

    public Task DisposeAsync()
    {
        _container.Dispose();
        return Task.CompletedTask;
    }
}

/// <summary>A stream that leaves one segment for the next: crashes on the way, and writers who have missed it.</summary>
public sealed class AzureSegmentTests(AzuriteFixture fixture) : IClassFixture<AzuriteFixture>, IAsyncLifetime
{
    internal static readonly AzureOptions Short = new() { SegmentLength = 400, RetryDelay = TimeSpan.FromMilliseconds(1) };

    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly StreamName Users = StreamName.Create("users", "5f0c11");

    private readonly string _name = fixture.Azurite.NewContainer();
    private readonly FaultyWire _wire = new();
    private readonly List<AzureContainer> _containers = [];

    public async Task InitializeAsync() => await Open().OpenAsync(create: true, None);

    public Task DisposeAsync()
    {
        _containers.ForEach(container => container.Dispose());
        return Task.CompletedTask;
    }

    [Fact]
    public async Task AppendAsync_SegmentFull_ClosesItAsDocumentedAndGoesOnInTheNext()
    {
        var heads = await FillAsync(4);

        var first = (await ReadAsync(0)).TrimEnd('\n').Split('\n');
        var second = (await ReadAsync(1)).TrimEnd('\n').Split('\n');
        Assert.Equal(4, first.Length);
        Assert.StartsWith("{\"closed\":0,\"version\":3,\"hash\":\"", first[3], StringComparison.Ordinal);
        Assert.Equal(Encoding.ASCII.GetString(ClosingLine.Encode(0, heads[2])), first[3] + "\n");
        Assert.StartsWith("{\"version\":4,", Assert.Single(second), StringComparison.Ordinal);
        Assert.Equal(heads, (await Sound().AllAsync(Users)).Select(stored => stored.Head));
    }

    [Fact]
    public async Task ReadAsync_FromAnyHeadOverManySegments_YieldsTheRest()
    {
        var heads = await FillAsync(20);

        for (var version = 0; version < heads.Count; version++)
        {
            Assert.Equal(heads.Skip(version + 1), (await Sound().FromAsync(Users, heads[version])).Select(stored => stored.Head));
        }
    }

    [Theory]
    [InlineData("close")]
    [InlineData("create")]
    [InlineData("append")]
    public async Task AppendAsync_CrashAfterEachStep_TheNextWriterTakesTheRest(string failing)
    {
        var heads = await FillAsync(3);
        var log = Faulty();
        await log.AllAsync(Users);
        FailAt(failing);

        await Expect.StorageErrorAsync(StorageError.Unavailable, () => log.AppendAsync(Users, heads[2], Events.New(4), None));
        Assert.Equal(heads, (await Sound().AllAsync(Users)).Select(stored => stored.Head));

        foreach (var stale in heads.Take(2).Prepend(StreamHead.Empty))
        {
            await Expect.StorageErrorAsync(StorageError.Conflict, () => Sound().AppendAsync(Users, stale, Events.New(9), None));
        }

        var next = await Sound().AppendAsync(Users, heads[2], Events.New(5), None);
        await Expect.StorageErrorAsync(StorageError.Conflict, () => Sound().AppendAsync(Users, heads[2], Events.New(6), None));
        Assert.Equal([.. heads, next], (await Sound().AllAsync(Users)).Select(stored => stored.Head));
    }

    [Fact]
    public async Task AppendAsync_WriterThatMissedTheChange_ConflictsWithEveryHeadItMayHold()
    {
        // Each of them has read up to its head and believes that nobody wrote since.
        var heads = new List<StreamHead>();
        var stale = new List<(AzureEventLog Log, StreamHead Head)>();
        var log = Sound();
        for (var version = 1; version <= 8; version++)
        {
            heads.Add(await log.AppendAsync(Users, heads.LastOrDefault(), Events.New(version), None));
            var other = Sound();
            await other.AllAsync(Users);
            stale.Add((other, heads[^1]));
        }

        foreach (var (writer, head) in stale.SkipLast(1))
        {
            await Expect.StorageErrorAsync(StorageError.Conflict, () => writer.AppendAsync(Users, head, Events.New(99), None));
        }

        Assert.Equal(heads, (await Sound().AllAsync(Users)).Select(stored => stored.Head));
    }

    [Fact]
    public async Task AppendAsync_ManyWritersAtTheChange_ExactlyOneWins()
    {
        for (var round = 0; round < 10; round++)
        {
            var stream = StreamName.Create("users", $"{round:x4}");
            var head = await Sound().AppendManyAsync(stream, 3);
            using var barrier = new Barrier(4);
            var won = await Task.WhenAll(Enumerable.Range(0, 4).Select(writer => Task.Run(async () =>
            {
                var log = Sound();
                barrier.SignalAndWait();
                try
                {
                    return await log.AppendAsync(stream, head, Events.New(writer), None);
                }
                catch (StorageException error) when (error.Reason == StorageError.Conflict)
                {
                    return StreamHead.Empty;
                }
            })));

            Assert.Equal((await Sound().AllAsync(stream))[^1].Head, Assert.Single(won, head => head != StreamHead.Empty));
        }
    }

    [Fact]
    public async Task AppendAsync_AnswersLostAtEveryStep_StoresOnce()
    {
        var heads = await FillAsync(3);
        var log = Faulty();
        await log.AllAsync(Users);
        var lost = new HashSet<string>();
        _wire.BeforeAnswer = request => request.Method == HttpMethod.Put && lost.Add(request.RequestUri!.AbsoluteUri)
            ? throw FaultyWire.Broken()
            : Task.CompletedTask;

        var next = await log.AppendAsync(Users, heads[2], Events.New(4), None);

        Assert.Equal(3, lost.Count); // closing, creating, appending
        Assert.Equal([.. heads, next], (await Sound().AllAsync(Users)).Select(stored => stored.Head));
    }

    [Fact]
    public async Task ReadSnapshotAsync_OfAnEarlierSegment_IsUsed()
    {
        var heads = await FillAsync(8);
        await Sound().WriteSnapshotAsync(Users, new StoredSnapshot(heads[2], "test.v1", "{}"u8.ToArray()), None);

        var snapshot = await Sound().ReadSnapshotAsync(Users, None);

        Assert.Equal(heads[2], snapshot?.Head);
        Assert.Equal(heads.Skip(3), (await Sound().FromAsync(Users, heads[2])).Select(stored => stored.Head));
    }

    [Fact]
    public async Task DeleteAsync_CutOff_LeavesNoOlderStreamAndIsFinishedByTheNext()
    {
        await FillAsync(8);
        _wire.BeforeRequest = FaultyWire.First(
            int.MaxValue, request => request.Method == HttpMethod.Delete && request.RequestUri!.AbsolutePath.Contains("00000001", StringComparison.Ordinal));

        await Expect.StorageErrorAsync(StorageError.Unavailable, () => Faulty().DeleteAsync(Users, None));
        Assert.Empty(await Sound().AllAsync(Users));

        await Sound().DeleteAsync(Users, None);
        Assert.Equal(4, (await FillAsync(4)).Count); // a stream that begins anew finds nothing of the one before
    }

    private void FailAt(string step)
    {
        var appends = 0;
        _wire.BeforeRequest = request => step switch
        {
            "close" when FaultyWire.IsAppend(request) => throw FaultyWire.Broken(),
            "create" when FaultyWire.IsCreateSegment(request) => throw FaultyWire.Broken(),
            "append" when FaultyWire.IsAppend(request) && ++appends > 1 => throw FaultyWire.Broken(),
            _ => Task.CompletedTask,
        };
    }

    private async Task<List<StreamHead>> FillAsync(int count)
    {
        await Sound().AppendManyAsync(Users, count);
        return (await Sound().AllAsync(Users)).ConvertAll(stored => stored.Head);
    }

    private async Task<string> ReadAsync(int segment)
    {
        var blob = Open().Client.GetBlobClient($"streams/users/5f0c11/{segment:d8}.jsonl");
        return (await blob.DownloadContentAsync()).Value.Content.ToString();
    }

    private AzureEventLog Sound() => new(Open());

    private AzureEventLog Faulty() => new(Keep(Containers.Faulty(fixture.Azurite.Port, _name, _wire, Short)));

    private AzureContainer Open() => Keep(Containers.Named(fixture.Azurite.Port, _name, Short));

    private AzureContainer Keep(AzureContainer container)
    {
        _containers.Add(container);
        return container;
    }
}

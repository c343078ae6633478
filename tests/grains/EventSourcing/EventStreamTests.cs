using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Vault.Grains.EventSourcing;
using Vault.Grains.Interfaces;
using Vault.Storage;
using Vault.Storage.Local;

namespace Vault.Grains.Tests.EventSourcing;

/// <summary>A stream by itself, on real local storage: a counter that only counts up.</summary>
public sealed partial class EventStreamTests : IDisposable
{
    private static readonly StreamName Name = StreamName.Create("counters", "1");
    private static readonly DateTimeOffset Now = new(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private readonly string _path = Directory.CreateTempSubdirectory("vault-stream-").FullName;
    private readonly LocalDataFolder _folder;
    private readonly FaultyEventLog _log;
    private readonly StorageLimits _limits = new();

    public EventStreamTests()
    {
        _folder = LocalDataFolder.Open(_path);
        _log = new FaultyEventLog(new LocalEventLog(_folder), new CrashPoint());
    }

    public void Dispose()
    {
        _folder.Dispose();
        Directory.Delete(_path, recursive: true);
    }

    [Fact]
    public async Task LoadAsync_TwoThousandEvents_StartsAtASnapshot()
    {
        using (var stream = await LoadAsync())
        {
            for (var i = 0; i < 2_000; i++)
            {
                await AddAsync(stream, 1);
                await stream.Snapshot;
            }
        }

        _log.EventsRead = 0;
        using var reloaded = await LoadAsync();
        Assert.Equal(new Counter(2_000), reloaded.State);
        Assert.Equal(4, _log.SnapshotsWritten);
        Assert.Equal(0, _log.EventsRead);
        await AddAsync(reloaded, 1);
        Assert.Equal(new Counter(2_001), (await LoadAsync()).State);
    }

    [Fact]
    public async Task ChangeAsync_SnapshotRefused_IsHarmless()
    {
        _limits.SnapshotEvery = 10;
        _log.RefusesSnapshots = true;
        using var stream = await LoadAsync();
        for (var i = 0; i < 25; i++)
        {
            await AddAsync(stream, 1);
            await stream.Snapshot;
        }

        Assert.Equal(new Counter(25), (await LoadAsync()).State);
    }

    [Fact]
    public async Task LoadAsync_SnapshotOfAnotherForm_ReadsTheLog()
    {
        _limits.SnapshotEvery = 10;
        using (var stream = await LoadAsync())
        {
            for (var i = 0; i < 10; i++)
            {
                await AddAsync(stream, 1);
            }

            await stream.Snapshot;
        }

        _log.EventsRead = 0;
        using var reloaded = await LoadAsync(Aggregate(snapshotName: "counter.state.v2"));
        Assert.Equal(new Counter(10), reloaded.State);
        Assert.Equal(10, _log.EventsRead);
    }

    [Fact]
    public void IsDue_LargeState_WaitsUntilTheEventsWeighHalfOfIt()
    {
        var policy = new SnapshotPolicy(new StorageLimits());
        policy.Written(1_000_000);
        for (var i = 0; i < 999; i++)
        {
            policy.Count(500);
        }

        Assert.False(policy.IsDue);
        policy.Count(500);
        Assert.True(policy.IsDue);
        policy.Begin();
        Assert.False(policy.IsDue);
        policy.Count(2_000_000);
        Assert.True(policy.IsDue);
    }

    [Theory]
    [InlineData(Fault.BeforeStoring, 1)]
    [InlineData(Fault.AfterStoring, 2)]
    [InlineData(Fault.NoAnswer, 1)]
    public async Task ChangeAsync_AppendFails_IsOfNoMoreUseAndNextOneReadsTheLog(Fault fault, int expected)
    {
        if (fault == Fault.NoAnswer)
        {
            _limits.CallTimeout = TimeSpan.FromMilliseconds(500);
        }

        using var stream = await LoadAsync();
        await AddAsync(stream, 1);
        _log.FailNext("counter.added.v2", fault);
        await Assert.ThrowsAsync<StorageUnavailableException>(() => AddAsync(stream, 1));
        Assert.True(stream.HasFailed);
        await Assert.ThrowsAsync<StorageUnavailableException>(() => AddAsync(stream, 1));

        Assert.Equal(new Counter(expected), (await LoadAsync()).State);
    }

    [Fact]
    public async Task ChangeAsync_AnotherWriterWasFirst_RefusesToWriteOverIt()
    {
        using var first = await LoadAsync();
        using var second = await LoadAsync();
        await AddAsync(first, 1);
        await Assert.ThrowsAsync<StorageUnavailableException>(() => AddAsync(second, 5));
        Assert.Equal(new Counter(1), (await LoadAsync()).State);
    }

    [Fact]
    public async Task ChangeAsync_AtOnce_DecidesEachOnTheOneBefore()
    {
        using var stream = await LoadAsync();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => stream.ChangeAsync(
            state => state.Value < 10 ? new Added(1, "") : Decision<CounterEvent>.Nothing, Now)));
        Assert.Equal(new Counter(10), stream.State);
    }

    [Fact]
    public async Task LoadAsync_OldEvent_IsReadAsTheNewOne()
    {
        await AppendAsync("counter.added.v1", """{"count":7}""");
        Assert.Equal(new Counter(7), (await LoadAsync()).State);
    }

    [Theory]
    [InlineData("counter.unheard-of.v1", "{}")]
    [InlineData("counter.added.v2", """{"by":"many","why":""}""")]
    [InlineData("counter.added.v2", """{"by":1}""")]
    [InlineData("counter.added.v2", """{"by":1,"why":null}""")]
    [InlineData("counter.added.v2", """{"by":1,"why":"","more":2}""")]
    [InlineData("counter.added.v1", "[]")]
    [InlineData("counter.added.v2", "null")]
    public async Task LoadAsync_EventThatIsNone_IsDamageAndNothingIsCut(string type, string data)
    {
        await AppendAsync(type, data);
        using var stream = await LoadAsync();
        var e = Assert.Throws<StorageUnavailableException>(stream.ThrowIfFailed);
        Assert.Equal(StorageFailure.Damaged, e.Reason);
        await foreach (var stored in _log.ReadAsync(Name, StreamHead.Empty, default))
        {
            Assert.Equal(type, stored.Type);
        }
    }

    [Fact]
    public async Task LoadAsync_StorageIsDown_ThrowsInsteadOfAnsweringEmpty()
    {
        _log.RefusesReads = true;
        using var stream = await LoadAsync();
        var e = Assert.Throws<StorageUnavailableException>(stream.ThrowIfFailed);
        Assert.Equal(StorageFailure.Unavailable, e.Reason);
    }

    private static Aggregate<Counter, CounterEvent> Aggregate(string snapshotName = "counter.state.v1") => new(
        "counters",
        new Counter(0),
        (state, next, _) => new Counter(state.Value + ((Added)next).By),
        new EventCatalog<CounterEvent>()
            .Add("counter.added.v2", CounterJson.Stored.Added)
            .Upcast("counter.added.v1", "counter.added.v2", old => new()
            {
                ["by"] = old["count"]?.DeepClone(),
                ["why"] = "",
            }),
        new SnapshotFormat<Counter>(
            snapshotName,
            state => JsonSerializer.SerializeToUtf8Bytes(state, CounterJson.Stored.Counter),
            json => JsonSerializer.Deserialize(json.Span, CounterJson.Stored.Counter)!)); // never "null"

    private static async Task AddAsync(EventStream<Counter, CounterEvent> stream, int by) =>
        Assert.Null(await stream.ChangeAsync(_ => new Added(by, "because"), Now));

    private async Task AppendAsync(string type, string data) => await _log.AppendAsync(
        Name, StreamHead.Empty, new NewEvent(type, Now, Encoding.UTF8.GetBytes(data)), default);

    private async Task<EventStream<Counter, CounterEvent>> LoadAsync(Aggregate<Counter, CounterEvent>? aggregate = null)
    {
        var limits = Options.Create(_limits);
        var guard = new StorageGuard(TimeProvider.System, limits, NullLogger<StorageGuard>.Instance);
        var stream = new EventStream<Counter, CounterEvent>(Name, aggregate ?? Aggregate(), new EventSourcingServices(
            _log, guard, TimeProvider.System, limits, NullLogger<EventSourcingServices>.Instance));
        await stream.LoadAsync();
        return stream;
    }

    internal sealed record Counter(int Value);

    internal abstract record CounterEvent;

    internal sealed record Added(int By, string Why) : CounterEvent;

    [JsonSerializable(typeof(Added))]
    [JsonSerializable(typeof(Counter))]
    internal sealed partial class CounterJson : JsonSerializerContext
    {
        public static CounterJson Stored { get; } = new(StoredJson.CreateOptions());
    }
}

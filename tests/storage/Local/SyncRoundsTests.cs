using Vault.Storage.Local;

namespace Vault.Storage.Tests.Local;

public sealed class SyncRoundsTests
{
    private const int Writers = 32;

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    private readonly Clock _time = new();
    private int _all;
    private int _own;
    private TimeSpan _takes;
    private Exception? _failure;

    [Fact]
    public async Task SyncAsync_OneAlone_SyncsItsOwn()
    {
        await New().SyncAsync("write", Own).WaitAsync(Bound);
        Assert.Equal((0, 1), (_all, _own));
    }

    [Fact]
    public async Task SyncAsync_ManyDuringARound_ShareTheNextOne()
    {
        await RunRoundOfManyAsync(New(), Own);
        Assert.Equal((1, 0), (_all, _own));
    }

    [Fact]
    public async Task SyncAsync_WithoutTheFileSystem_EachSyncsItsOwn()
    {
        await RunRoundOfManyAsync(new SyncRounds(null, _time), Own);
        Assert.Equal(Writers, _own);
    }

    [Fact]
    public async Task SyncAsync_FileSystemFails_EachOwnDecides()
    {
        _failure = new IOException("Somebody else's disk quota.");
        var numbers = 0;
        var errors = await RunRoundOfManyAsync(New(), () =>
        {
            if (Interlocked.Increment(ref numbers) == 7)
            {
                throw new IOException("This one's.");
            }
        });
        var error = Assert.IsType<StorageException>(Assert.Single(errors));
        Assert.Equal(StorageError.Unavailable, error.Reason);
        Assert.Equal((1, Writers), (_all, numbers));
    }

    [Fact]
    public async Task SyncAsync_OwnFailsInAnUnknownWay_TheWriterHearsOfIt()
    {
        var rounds = New();
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => rounds.SyncAsync("write", () => throw new InvalidOperationException()).WaitAsync(Bound));
        await rounds.SyncAsync("write", Own).WaitAsync(Bound); // and the next one is served
        Assert.Equal(1, _own);
    }

    [Fact]
    public async Task SyncAsync_FileSystemWasSlow_IsLeftAloneForAWhile()
    {
        var rounds = New();
        _takes = TimeSpan.FromSeconds(1);
        await RunRoundOfManyAsync(rounds, Own);
        await RunRoundOfManyAsync(rounds, Own);
        Assert.Equal((1, Writers), (_all, _own));
        _time.Advance(TimeSpan.FromMinutes(1));
        await RunRoundOfManyAsync(rounds, Own);
        Assert.Equal((2, Writers), (_all, _own));
    }

    private SyncRounds New() => new(
        () =>
        {
            Interlocked.Increment(ref _all);
            _time.Advance(_takes);
            if (_failure is not null)
            {
                throw _failure;
            }
        },
        _time);

    private void Own() => Interlocked.Increment(ref _own);

    /// <summary>Holds a round open until many wait for the next; answers what these failed with.</summary>
    private static async Task<List<Exception>> RunRoundOfManyAsync(SyncRounds rounds, Action own)
    {
        using var begun = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        var first = rounds.SyncAsync("write", () =>
        {
            begun.Set();
            Assert.True(release.Wait(Bound));
        });
        Assert.True(begun.Wait(Bound));
        var waiting = Enumerable.Range(0, Writers).Select(_ => rounds.SyncAsync("write", own)).ToList();
        Assert.All(waiting, task => Assert.False(task.IsCompleted));
        release.Set();
        await first.WaitAsync(Bound);
        var errors = new List<Exception>();
        foreach (var task in waiting)
        {
            if (await Record.ExceptionAsync(() => task.WaitAsync(Bound)) is { } error)
            {
                errors.Add(error);
            }
        }

        return errors;
    }

    private sealed class Clock : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Interlocked.Read(ref _now);

        public void Advance(TimeSpan time) => Interlocked.Add(ref _now, time.Ticks);
    }
}

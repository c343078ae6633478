using Vault.Client.Channel;

namespace Vault.Client.Tests.Channel;

/// <summary>How long and how often a lost connection is made again.</summary>
public sealed class BackOffTests
{
    private readonly LeapingTime _time = new();

    [Fact]
    public async Task WaitAsync_NothingComesBack_WaitsLongerEachTimeAndGivesUpAtTheLimit()
    {
        var backOff = new BackOff(TimeSpan.FromSeconds(30), _time);

        while (await backOff.WaitAsync(TimeSpan.Zero, default))
        {
        }

        Assert.Equal(30, _time.Waits.Sum(wait => wait.TotalSeconds), 3);
        Assert.InRange(_time.Waits[0], TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(100));
        Assert.InRange(_time.Waits[3], TimeSpan.FromMilliseconds(400), TimeSpan.FromMilliseconds(800));
        Assert.All(_time.Waits, wait => Assert.True(wait <= TimeSpan.FromSeconds(5)));
        Assert.InRange(_time.Waits.Count, 10, 16);
    }

    [Fact]
    public async Task WaitAsync_ServerSaysHowLong_WaitsThatLong()
    {
        var backOff = new BackOff(TimeSpan.FromSeconds(30), _time);

        Assert.True(await backOff.WaitAsync(TimeSpan.FromSeconds(7), default));

        Assert.Equal([TimeSpan.FromSeconds(7)], _time.Waits);
    }

    [Fact]
    public async Task WaitAsync_LimitOfZero_DoesNotWait()
    {
        Assert.False(await new BackOff(TimeSpan.Zero, _time).WaitAsync(TimeSpan.Zero, default));
        Assert.Empty(_time.Waits);
    }

    [Fact]
    public async Task Reset_AfterSomethingCame_TheLimitBeginsAnew()
    {
        var backOff = new BackOff(TimeSpan.FromSeconds(10), _time);
        for (var round = 0; round < 3; round++)
        {
            Assert.True(await backOff.WaitAsync(TimeSpan.FromSeconds(9), default));
            backOff.Reset();
        }

        Assert.Equal(27, _time.Waits.Sum(wait => wait.TotalSeconds), 3);
    }

    /// <summary>A clock on which every wait is over at once, and has taken as long as it should.</summary>
    private sealed class LeapingTime : TimeProvider
    {
        private long _now;

        public List<TimeSpan> Waits { get; } = [];

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Waits.Add(dueTime);
            _now += dueTime.Ticks;
            return System.CreateTimer(callback, state, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
    }
}

using Vault.Grains.SignIn;

namespace Vault.Grains.Tests.SignIn;

public sealed class AttemptCounterTests
{
    private static readonly DateTimeOffset Now = new(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private readonly AttemptLimits _limits = new() { Capacity = 3, Refill = TimeSpan.FromSeconds(60) };

    [Fact]
    public void TryTake_Empty_SaysHowLongAndGetsOneBackAtThatTime()
    {
        var bucket = new AttemptBucket(_limits);
        for (var i = 0; i < 3; i++)
        {
            Assert.True(bucket.TryTake(Now, out _));
        }

        Assert.False(bucket.TryTake(Now.AddSeconds(20), out var wait));
        Assert.Equal(TimeSpan.FromSeconds(40), wait);
        Assert.True(bucket.TryTake(Now.AddSeconds(60), out _));
        Assert.False(bucket.TryTake(Now.AddSeconds(60), out _));
        Assert.Equal(Now.AddSeconds(240), bucket.FullAt);
    }

    [Fact]
    public void TryTake_AfterALongTime_HasNoMoreThanTheCapacity()
    {
        var bucket = new AttemptBucket(_limits);
        Assert.True(bucket.TryTake(Now, out _));
        var later = Now.AddDays(30);
        for (var i = 0; i < 3; i++)
        {
            Assert.True(bucket.TryTake(later, out _));
        }

        Assert.False(bucket.TryTake(later, out _));
    }

    [Fact]
    public void For_KnownNetwork_HasItsOwnBucketAndEverybodyElseShares()
    {
        var counter = new AttemptCounter(_limits);
        string[] known = ["203.0.113.7"];
        var own = counter.For("203.0.113.7", known, Now);
        Assert.True(own.TryTake(Now, out _));
        Assert.Same(own, counter.For("203.0.113.7", known, Now));
        var shared = counter.For("198.51.100.1", known, Now);
        Assert.NotSame(own, shared);
        Assert.Same(shared, counter.For("198.51.100.2", known, Now));
        Assert.Same(shared, counter.For("", ["", .. known], Now));
        Assert.Equal(Now.AddSeconds(60), counter.FullAt);
    }
}

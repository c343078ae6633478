using System.Management.Automation;
using Vault.Tests.Support;

namespace Vault.PowerShell.Tests;

public sealed class PipelinePumpTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly ManualTime _time = new();

    [Fact]
    public void Run_Posts_ArriveInOrderOnTheCallersThread()
    {
        using var pump = new PipelinePump(TimeProvider.System);
        var thread = Environment.CurrentManagedThreadId;
        var said = new List<int>();
        pump.Run(
            async _ =>
            {
                for (var i = 0; i < 1000; i++)
                {
                    var number = i;
                    pump.Post(() =>
                    {
                        Assert.Equal(thread, Environment.CurrentManagedThreadId);
                        said.Add(number);
                    });
                    await Task.Yield();
                }
            },
            tick: null,
            CancellationToken.None);
        Assert.Equal(Enumerable.Range(0, 1000), said);
    }

    [Fact]
    public void Run_WorkThrows_TheCallerSeesItAfterAllPosts()
    {
        using var pump = new PipelinePump(TimeProvider.System);
        var said = false;
        Assert.Throws<InvalidDataException>(() => pump.Run(
            _ =>
            {
                pump.Post(() => said = true);
                throw new InvalidDataException();
            },
            tick: null,
            CancellationToken.None));
        Assert.True(said);
    }

    [Fact]
    public void Run_Stopped_WaitsForTheWorksCleanUp()
    {
        using var pump = new PipelinePump(TimeProvider.System);
        using var stop = new CancellationTokenSource();
        var cleaned = false;
        Assert.Throws<PipelineStoppedException>(() => pump.Run(
            async token =>
            {
                pump.Post(stop.Cancel);
                try
                {
                    await Task.Delay(Timeout.Infinite, token);
                }
                finally
                {
                    await Task.Yield();
                    cleaned = true;
                }
            },
            tick: null,
            stop.Token));
        Assert.True(cleaned);
    }

    [Fact]
    public void Run_DownstreamThrows_CancelsTheWorkAndWaitsForIt()
    {
        using var pump = new PipelinePump(TimeProvider.System);
        var cleaned = false;
        Assert.Throws<PipelineStoppedException>(() => pump.Run(
            async token =>
            {
                pump.Post(() => throw new PipelineStoppedException());
                try
                {
                    await Task.Delay(Timeout.Infinite, token);
                }
                finally
                {
                    pump.Post(() => Assert.Fail("Nothing is said to a pipeline that has ended."));
                    cleaned = true;
                }
            },
            tick: null,
            CancellationToken.None));
        Assert.True(cleaned);
    }

    [Fact]
    public void Run_QuietWork_StillTicks()
    {
        using var pump = new PipelinePump(TimeProvider.System);
        var ticked = new TaskCompletionSource();
        pump.Run(_ => ticked.Task, () => ticked.TrySetResult(), CancellationToken.None);
        Assert.True(ticked.Task.IsCompleted);
    }

    [Fact]
    public void Run_TimePasses_TicksAfterASecondAndThenTwiceASecond()
    {
        using var pump = new PipelinePump(_time);
        var ticks = 0;
        pump.Run(
            async _ =>
            {
                await AssertTicksAsync(0, PipelinePump.FirstTick - TimeSpan.FromMilliseconds(1)); // over by then: nothing was shown
                await AssertTicksAsync(1, TimeSpan.FromMilliseconds(1));
                await AssertTicksAsync(1, PipelinePump.TickInterval - TimeSpan.FromMilliseconds(1));
                await AssertTicksAsync(2, TimeSpan.FromMilliseconds(1));
                await AssertTicksAsync(3, TimeSpan.FromMinutes(1));
            },
            () => ticks++,
            CancellationToken.None);

        async Task AssertTicksAsync(int count, TimeSpan after)
        {
            await PassAsync(pump, after);
            Assert.Equal(count, ticks);
        }
    }

    [Fact]
    public void Run_ATickThatTakesLong_IsFollowedByNoneThatWereDueMeanwhile()
    {
        using var pump = new PipelinePump(_time);
        var ticks = 0;
        pump.Run(
            async _ =>
            {
                await PassAsync(pump, PipelinePump.FirstTick);
                Assert.Equal(1, ticks);
            },
            () =>
            {
                ticks++;
                _time.Advance(TimeSpan.FromSeconds(10)); // a terminal at the other end of a slow line
            },
            CancellationToken.None);
    }

    [Fact]
    public void Run_ATickThrows_EndsTheWork()
    {
        using var pump = new PipelinePump(_time);
        var ended = false;
        Assert.Throws<PipelineStoppedException>(() => pump.Run(
            async stop =>
            {
                await WoundUpAsync();
                _time.Advance(PipelinePump.FirstTick);
                try
                {
                    await Task.Delay(Timeout.Infinite, stop);
                }
                finally
                {
                    ended = true;
                }
            },
            () => throw new PipelineStoppedException(),
            CancellationToken.None));
        Assert.True(ended);
    }

    // Returns when whatever was due then has been done: the pipeline's thread does one thing after the other.
    private async Task PassAsync(PipelinePump pump, TimeSpan time)
    {
        await WoundUpAsync();
        _time.Advance(time);
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        pump.Post(done.SetResult);
        await done.Task.WaitAsync(Limit);
    }

    private async Task WoundUpAsync()
    {
        using var limit = new CancellationTokenSource(Limit);
        while (_time.Waiting == 0)
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}

using System.Management.Automation;

namespace Vault.PowerShell.Tests;

public sealed class PipelinePumpTests
{
    [Fact]
    public void Run_Posts_ArriveInOrderOnTheCallersThread()
    {
        using var pump = new PipelinePump();
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
        using var pump = new PipelinePump();
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
        using var pump = new PipelinePump();
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
        using var pump = new PipelinePump();
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
        using var pump = new PipelinePump();
        var ticked = new TaskCompletionSource();
        pump.Run(_ => ticked.Task, () => ticked.TrySetResult(), CancellationToken.None);
        Assert.True(ticked.Task.IsCompleted);
    }
}

using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Serialization.Invocation;
using Vault.Grains.Interfaces;
using Vault.Silo;

namespace Vault.Gateway.Tests.Server;

/// <summary>A silo that stood still answers nothing until it knows that it was not declared dead meanwhile.</summary>
public sealed class PauseGuardTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Clock _time = new();
    private readonly TaskCompletionSource<bool> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly PauseGuard _guard;
    private int _asked;

    public PauseGuardTests() => _guard = new PauseGuard(
        _time,
        stop =>
        {
            Interlocked.Increment(ref _asked);
            return _answer.Task.WaitAsync(stop);
        },
        NullLogger<PauseGuard>.Instance);

    public void Dispose() => _guard.Dispose();

    [Fact]
    public async Task Invoke_NoStandstill_GoesOnWithoutAsking()
    {
        _time.Pass(TimeSpan.FromMilliseconds(900));
        Assert.True(await CallAsync());
        Assert.Equal(0, _asked);
    }

    [Fact]
    public async Task Invoke_AfterAStandstill_WaitsUntilTheSiloIsKnownToBeAMember()
    {
        _time.Pass(TimeSpan.FromSeconds(3));
        var (first, second) = (CallAsync(), CallAsync());
        Assert.False(first.IsCompleted || second.IsCompleted);
        _answer.SetResult(true);
        Assert.True(await first.WaitAsync(Patience) && await second.WaitAsync(Patience));
        Assert.Equal(1, _asked);
        Assert.True(await CallAsync().WaitAsync(Patience));
    }

    [Fact]
    public async Task Invoke_MachineWhoseSteadyClockStoodStillToo_Waits()
    {
        _time.PassOnTheWall(TimeSpan.FromSeconds(3));
        var call = CallAsync();
        Assert.False(call.IsCompleted);
        _answer.SetResult(true);
        Assert.True(await call.WaitAsync(Patience));
    }

    [Fact]
    public async Task Invoke_DeclaredDeadMeanwhile_NeverReachesTheGrain()
    {
        _time.Pass(TimeSpan.FromSeconds(3));
        _answer.SetResult(false);
        await Assert.ThrowsAsync<SiloUnavailableException>(() => CallAsync().WaitAsync(Patience));
        await Assert.ThrowsAsync<SiloUnavailableException>(() => CallAsync().WaitAsync(Patience)); // nor any later one
    }

    [Fact]
    public async Task Invoke_ListOfSilosCannotBeRead_GoesOn()
    {
        _time.Pass(TimeSpan.FromSeconds(3));
        _answer.SetException(new TimeoutException("The test stopped Redis."));
        Assert.True(await CallAsync().WaitAsync(Patience));
    }

    private async Task<bool> CallAsync()
    {
        var call = new Call();
        await _guard.Invoke(call);
        return call.WasInvoked;
    }

    /// <summary>A clock that stands still between a test's steps; what wants to run at some time never does.</summary>
    private sealed class Clock : TimeProvider
    {
        private long _steady;
        private DateTimeOffset _wall = DateTimeOffset.UnixEpoch;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Pass(TimeSpan time)
        {
            _steady += time.Ticks;
            PassOnTheWall(time);
        }

        public void PassOnTheWall(TimeSpan time) => _wall += time;

        public override long GetTimestamp() => _steady;

        public override DateTimeOffset GetUtcNow() => _wall;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            System.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    private sealed class Call : IIncomingGrainCallContext
    {
        public bool WasInvoked { get; private set; }

        public string InterfaceName => typeof(IUserGrain).FullName!; // it has one

        public string MethodName => nameof(IUserGrain.GetProfile);

        public IInvokable Request => throw new NotSupportedException();

        public object Grain => throw new NotSupportedException();

        public System.Reflection.MethodInfo InterfaceMethod => throw new NotSupportedException();

        public System.Reflection.MethodInfo ImplementationMethod => throw new NotSupportedException();

        public IGrainContext TargetContext => throw new NotSupportedException();

        public GrainId? SourceId => null;

        public GrainId TargetId => default;

        public GrainInterfaceType InterfaceType => default;

        public object? Result { get; set; }

        public Response? Response { get; set; }

        public Task Invoke()
        {
            WasInvoked = true;
            return Task.CompletedTask;
        }
    }
}

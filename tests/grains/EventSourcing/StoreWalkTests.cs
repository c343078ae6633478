using Vault.Grains.EventSourcing;

namespace Vault.Grains.Tests.EventSourcing;

/// <summary>What finds and finishes what a crash left: nothing that one walk meets may end the walks.</summary>
public sealed class StoreWalkTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    public static TheoryData<Exception> Failures =>
    [
        new Vault.Storage.StorageException(Vault.Storage.StorageError.Unavailable, "away"),
        new InvalidOperationException("a fault"),
        new OperationCanceledException("a time-out of something else"),
    ];

    [Theory]
    [MemberData(nameof(Failures), DisableDiscoveryEnumeration = true)]
    public async Task Walk_Fails_IsToldAndTheNextOneComes(Exception failure)
    {
        using var walk = new FailingWalk(failure);
        var lifecycle = new Lifecycle();
        walk.Participate(lifecycle);
        await lifecycle.Observer!.OnStart(default); // it has subscribed

        await walk.WalkedThrice.Task.WaitAsync(Limit);

        Assert.Same(failure, walk.Told);
        await lifecycle.Observer.OnStop(default).WaitAsync(Limit);
    }

    private sealed class FailingWalk(Exception failure) : StoreWalk(TimeProvider.System, TimeSpan.FromMilliseconds(1))
    {
        private int _walks;

        public TaskCompletionSource WalkedThrice { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Exception? Told { get; private set; }

        protected override Task WalkOnceAsync(CancellationToken cancellationToken)
        {
            if (++_walks == 3)
            {
                WalkedThrice.SetResult();
            }

            return Task.FromException(failure);
        }

        protected override void NotWalked(Exception cause) => Told = cause;
    }

    private sealed class Lifecycle : ISiloLifecycle
    {
        public ILifecycleObserver? Observer { get; private set; }

        public int HighestCompletedStage => 0;

        public int LowestStoppedStage => 0;

        public IDisposable Subscribe(string observerName, int stage, ILifecycleObserver observer)
        {
            Observer = observer;
            return new MemoryStream();
        }
    }
}

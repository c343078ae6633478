namespace Vault.Grains.EventSourcing;

/// <summary>Looks through a part of the store again and again while the silo runs: finds what a stop or a crash left, and what is over.</summary>
/// <remarks>Every silo walks. What is found is done by its own grain, so doing it twice is doing it once.</remarks>
/// <param name="time">The clock.</param>
/// <param name="every">From one walk to the next.</param>
/// <param name="first">From the start to the first walk.</param>
internal abstract class StoreWalk(TimeProvider time, TimeSpan every, TimeSpan first = default) : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private Task _walking = Task.CompletedTask;

    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(
        GetType().Name, ServiceLifecycleStage.Active,
        _ =>
        {
            _walking = Task.Run(WalkAsync, CancellationToken.None);
            return Task.CompletedTask;
        },
        async stop =>
        {
            await _stop.CancelAsync();
            await _walking.WaitAsync(stop);
        });

    /// <inheritdoc />
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>One walk.</summary>
    protected abstract Task WalkOnceAsync(CancellationToken cancellationToken);

    /// <summary>The walk failed, whatever it was; the next one is on its way.</summary>
    protected abstract void NotWalked(Exception cause);

    /// <summary>Called once.</summary>
    protected virtual void Dispose(bool disposing) => _stop.Dispose();

    private async Task WalkAsync()
    {
        try
        {
            for (var wait = first; ; wait = every)
            {
                await Task.Delay(wait, time, _stop.Token);
                try
                {
                    await WalkOnceAsync(_stop.Token);
                }
                catch (Exception e) when (e is not OperationCanceledException || !_stop.IsCancellationRequested)
                {
                    NotWalked(e); // whatever it is: without walks, what a crash left would stay for ever
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The silo stops.
        }
    }
}

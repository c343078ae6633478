using Microsoft.Extensions.Logging;
using Vault.Storage;

namespace Vault.Grains.Mail;

/// <summary>Walks the outbox when the silo has started and every few minutes: finds what a stop or a crash left.</summary>
internal sealed class OutboxWalk(Outbox outbox, ILogger<OutboxWalk> logger) : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(2);

    private readonly CancellationTokenSource _stop = new();
    private Task _walking = Task.CompletedTask;

    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(
        nameof(OutboxWalk), ServiceLifecycleStage.Active,
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

    public void Dispose() => _stop.Dispose();

    private async Task WalkAsync()
    {
        using var timer = new PeriodicTimer(Every);
        try
        {
            do
            {
                try
                {
                    await outbox.WakeAllAsync(_stop.Token);
                }
                catch (StorageException e)
                {
                    logger.OutboxNotWalked(e);
                }
            }
            while (await timer.WaitForNextTickAsync(_stop.Token));
        }
        catch (OperationCanceledException)
        {
            // The silo stops.
        }
    }
}

using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Vault.Grains.Interfaces;
using Vault.Storage;

namespace Vault.Grains.Users;

/// <summary>Wakes every account now and then, so that what is over is cleared away though nobody signs in. In a cluster each silo does;
/// nothing is harmed by being looked at twice.</summary>
internal sealed class AccountSweep(
    IEventLog log, IGrainFactory grains, IOptions<RetentionLimits> limits, ILogger<AccountSweep> logger)
    : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private Task _sweeping = Task.CompletedTask;

    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(
        nameof(AccountSweep), ServiceLifecycleStage.Active,
        _ =>
        {
            _sweeping = Task.Run(SweepAsync, CancellationToken.None);
            return Task.CompletedTask;
        },
        async stop =>
        {
            await _stop.CancelAsync();
            await _sweeping.WaitAsync(stop);
        });

    public void Dispose() => _stop.Dispose();

    /// <summary>Looks through every account once.</summary>
    public async Task SweepAllAsync(CancellationToken cancellationToken)
    {
        await foreach (var stream in log.ListAsync(UserAggregate.Definition.Category, cancellationToken))
        {
            try
            {
                await grains.GetGrain<IUserGrain>(stream.Id).Sweep();
            }
            catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
            {
                logger.NotSwept(e, stream.Id); // whatever it is, the others are looked through
            }
        }
    }

    private async Task SweepAsync()
    {
        using var timer = new PeriodicTimer(limits.Value.SweepEvery);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                try
                {
                    await SweepAllAsync(_stop.Token);
                }
                catch (Exception e) when (e is not OperationCanceledException || !_stop.IsCancellationRequested)
                {
                    logger.NotSwept(e, "all");
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The silo stops.
        }
    }
}

using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Vault.Grains.EventSourcing;
using Vault.Protocol;
using Vault.Storage;

namespace Vault.Grains.Users;

/// <summary>Looks through every account now and then, so that what is over is cleared away though nobody signs in.</summary>
internal sealed class AccountSweep(
    IEventLog log, SweepWork work, EventSourcingServices clock, IOptions<RetentionLimits> limits, ILogger<AccountSweep> logger)
    : StoreWalk(clock.Time, limits.Value.SweepEvery, First(limits.Value))
{
    // Not at once: a start has enough to do. And not only after the whole time: a process that is restarted more often would never get there.
    private static readonly TimeSpan SoonAfterStart = TimeSpan.FromMinutes(5);

    /// <inheritdoc />
    protected override async Task WalkOnceAsync(CancellationToken cancellationToken)
    {
        await foreach (var stream in log.ListAsync(UserAggregate.Definition.Category, cancellationToken))
        {
            try
            {
                if (AccountId.TryParse(stream.Id, out var account))
                {
                    await work.SweepAsync(account, cancellationToken);
                }
            }
            catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
            {
                logger.NotSwept(e, stream.Id); // whatever it is, the others are looked through
            }
        }
    }

    /// <inheritdoc />
    protected override void NotWalked(Exception cause) => logger.NotSwept(cause, "all");

    // At random within twice that: silos that start together need not read every account together.
    private static TimeSpan First(RetentionLimits limits)
    {
        var soon = SoonAfterStart * (1 + Random.Shared.NextDouble());
        return soon < limits.SweepEvery ? soon : limits.SweepEvery;
    }
}

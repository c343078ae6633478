using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Vault.Grains.EventSourcing;
using Vault.Grains.Interfaces;
using Vault.Storage;

namespace Vault.Grains.Users;

/// <summary>Wakes every account now and then, so that what is over is cleared away though nobody signs in.</summary>
internal sealed class AccountSweep(
    IEventLog log, IGrainFactory grains, IOptions<RetentionLimits> limits, ILogger<AccountSweep> logger)
    : StoreWalk(limits.Value.SweepEvery, atStart: false)
{
    /// <inheritdoc />
    protected override async Task WalkOnceAsync(CancellationToken cancellationToken)
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

    /// <inheritdoc />
    protected override void NotWalked(Exception cause) => logger.NotSwept(cause, "all");
}

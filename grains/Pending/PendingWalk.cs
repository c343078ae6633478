using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Vault.Grains.EventSourcing;

namespace Vault.Grains.Pending;

/// <summary>Walks the accounts with work under way: what a crash left is finished though its owner does not come back.</summary>
internal sealed class PendingWalk(PendingWork pending, EventSourcingServices clock, IOptions<StorageLimits> limits, ILogger<PendingWalk> logger)
    : StoreWalk(clock.Time, limits.Value.FinishEvery)
{
    /// <inheritdoc />
    protected override Task WalkOnceAsync(CancellationToken cancellationToken) => pending.FinishAllAsync(cancellationToken);

    /// <inheritdoc />
    protected override void NotWalked(Exception cause) => logger.PendingNotWalked(cause);
}

using Microsoft.Extensions.Logging;
using Vault.Grains.EventSourcing;

namespace Vault.Grains.Mail;

/// <summary>Walks the outbox: mails that are due and that nobody woke.</summary>
internal sealed class OutboxWalk(Outbox outbox, EventSourcingServices clock, ILogger<OutboxWalk> logger)
    : StoreWalk(clock.Time, TimeSpan.FromMinutes(2))
{
    /// <inheritdoc />
    protected override Task WalkOnceAsync(CancellationToken cancellationToken) => outbox.WakeAllAsync(cancellationToken);

    /// <inheritdoc />
    protected override void NotWalked(Exception cause) => logger.OutboxNotWalked(cause);
}

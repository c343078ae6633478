using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Vault.Grains.EventSourcing;
using Vault.Protocol;
using Vault.Storage;

namespace Vault.Grains.Users;

/// <summary>Looks through every account now and then, so that what is over is cleared away though nobody signs in.</summary>
internal sealed class AccountSweep(
    IEventLog log, SweepWork work, IOptions<RetentionLimits> limits, ILogger<AccountSweep> logger)
    : StoreWalk(limits.Value.SweepEvery, atStart: false)
{
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
}

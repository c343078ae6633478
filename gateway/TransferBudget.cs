using System.Threading.RateLimiting;
using Vault.Gateway.Endpoints;
using Vault.Protocol;

namespace Vault.Gateway;

/// <summary>
/// One bound on the memory of bodies in transfer: a slow store pauses reading, it fills no memory. No account has more
/// than half of it, so that one person's slow transfers do not stop everybody's.
/// </summary>
/// <remarks>
/// A wait for a turn ends after <see cref="GatewayOptions.TransferWait"/>. It must end: bodies that wait fill the
/// connection's HTTP/2 window, and then one that has its turn could wait behind them for ever.
/// </remarks>
internal sealed class TransferBudget : IDisposable
{
    /// <summary>What one unit of the budget stands for, in bytes.</summary>
    private const int UnitLength = 1024 * 1024;

    // Waiting costs a stream of a connection, and those are bounded too.
    private const int MaxWaitingUnits = 1_000_000;

    private readonly ConcurrencyLimiter _all;
    private readonly PartitionedRateLimiter<AccountId> _byAccount;
    private readonly int _share;
    private readonly TimeSpan _wait;

    public TransferBudget(GatewayOptions options)
    {
        _share = Math.Max(1, options.MaxTransfers / 2);
        _wait = options.TransferWait;
        _all = new ConcurrencyLimiter(Limit(options.MaxTransfers));
        _byAccount = PartitionedRateLimiter.Create<AccountId, AccountId>(
            account => RateLimitPartition.GetConcurrencyLimiter(account, _ => Limit(_share)));
    }

    /// <summary>Waits for a turn to move a body; dispose it to let the next one in.</summary>
    /// <param name="account">Whose body it is.</param>
    /// <param name="buffered">How many bytes of it will be in memory at once.</param>
    /// <param name="cancellationToken">Gives the wait up.</param>
    /// <exception cref="RefusedException">The wait took too long.</exception>
    public async Task<IDisposable> EnterAsync(AccountId account, long buffered, CancellationToken cancellationToken)
    {
        var units = (int)Math.Min((buffered / UnitLength) + 1, _share);
        using var time = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        time.CancelAfter(_wait);
        RateLimitLease? own = null;
        try
        {
            own = await _byAccount.AcquireAsync(account, units, time.Token);
            var all = own.IsAcquired ? await _all.AcquireAsync(units, time.Token) : null;
            if (all is { IsAcquired: true })
            {
                return new Turn(own, all);
            }

            all?.Dispose();
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Refused below, like one for whom there is no more room to wait.
        }
        catch
        {
            own?.Dispose();
            throw;
        }

        own?.Dispose();
        throw new RefusedException(new Problem(
            ErrorCode.ServerBusy, "Too many files are being moved at the moment. Try again.", 2));
    }

    public void Dispose()
    {
        _all.Dispose();
        _byAccount.Dispose();
    }

    private static ConcurrencyLimiterOptions Limit(int units) => new()
    {
        PermitLimit = units,
        QueueLimit = MaxWaitingUnits,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    };

    private sealed class Turn(RateLimitLease own, RateLimitLease all) : IDisposable
    {
        public void Dispose()
        {
            all.Dispose();
            own.Dispose();
        }
    }
}

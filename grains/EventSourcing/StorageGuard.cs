using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Vault.Grains.Interfaces;
using Vault.Storage;

namespace Vault.Grains.EventSourcing;

/// <summary>Runs calls into storage within a bounded time and turns every failure into the one exception that callers know.</summary>
internal sealed class StorageGuard(TimeProvider time, IOptions<StorageLimits> limits, ILogger<StorageGuard> logger)
{
    private const int AtOnce = 16;

    /// <summary>Runs a call that has <see cref="StorageLimits.CallTimeout"/> to end.</summary>
    /// <param name="what">What is read or written, for the operator's log: ids, never contents.</param>
    /// <param name="call">The call.</param>
    /// <exception cref="StorageUnavailableException">It failed or took too long; a write may still take place.</exception>
    public Task<T> RunAsync<T>(string what, Func<CancellationToken, Task<T>> call) =>
        RunAsync(what, limits.Value.CallTimeout, call);

    /// <inheritdoc cref="RunAsync{T}(string, Func{CancellationToken, Task{T}})" />
    public Task RunAsync(string what, Func<CancellationToken, Task> call) => RunAsync(what, async cancellation =>
    {
        await call(cancellation);
        return true;
    });

    /// <summary>Runs such a call for each of many blobs, several at once.</summary>
    /// <exception cref="StorageUnavailableException">One failed or took too long; what comes after it is not begun.</exception>
    public async Task RunAllAsync(string what, IEnumerable<BlobName> names, Func<BlobName, CancellationToken, Task> call)
    {
        foreach (var few in names.Chunk(AtOnce))
        {
            await Task.WhenAll(few.Select(name => RunAsync($"{what} {name}", cancellation => call(name, cancellation))));
        }
    }

    /// <summary>Runs a call that reads a whole stream and has <see cref="StorageLimits.ReplayTimeout"/> to end.</summary>
    /// <exception cref="StorageUnavailableException">It failed or took too long.</exception>
    public Task<T> ReplayAsync<T>(string what, Func<CancellationToken, Task<T>> call) =>
        RunAsync(what, limits.Value.ReplayTimeout, call);

    /// <summary>Stored bytes that do not verify: told to the operator, and to the caller as unavailable.</summary>
    public StorageUnavailableException Damaged(string what, Exception? cause = null)
    {
        VaultMeter.Damaged.Add(1);
        logger.Damaged(cause, what);
        return new StorageUnavailableException(
            StorageFailure.Damaged, "Stored data is damaged. The operator of the server has to look at its log.");
    }

    private async Task<T> RunAsync<T>(string what, TimeSpan timeout, Func<CancellationToken, Task<T>> call)
    {
        using var cancellation = new CancellationTokenSource(timeout, time);
        try
        {
            // Both: the token stops what heeds it, the wait ends for what does not.
            return await call(cancellation.Token).WaitAsync(timeout, time);
        }
        catch (StorageException e) when (e.Reason == StorageError.Damaged)
        {
            throw Damaged(what, e);
        }
        catch (Exception e) when (e is StorageException or TimeoutException
            || (e is OperationCanceledException && cancellation.IsCancellationRequested))
        {
            VaultMeter.StorageFailures.Add(1);
            logger.Unavailable(e, what);
            throw new StorageUnavailableException(
                StorageFailure.Unavailable, "The server could not reach its storage. Try again.");
        }
    }
}

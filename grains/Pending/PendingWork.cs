using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Vault.Grains.EventSourcing;
using Vault.Grains.Interfaces;
using Vault.Protocol;
using Vault.Storage;

namespace Vault.Grains.Pending;

/// <summary>
/// Which accounts may have work across two grains under way: an empty blob <c>pending/{account}</c> each, there before the
/// first event of such work and gone some time after the last.
/// </summary>
/// <remarks>
/// What the work is the account's own stream says; the blob only makes it found when neither the owner nor the process that
/// began it comes back. A blob too many costs a question.
/// </remarks>
internal sealed class PendingWork(
    [FromKeyedServices(BlobStores.Accounts)] IBlobStore accounts, StorageGuard guard, IGrainFactory grains,
    ILogger<PendingWork> logger)
{
    private const int AtOnce = 16;

    private static readonly BlobName Folder = BlobName.Create("pending");

    /// <summary>Notes an account, durably.</summary>
    /// <exception cref="StorageUnavailableException">It may be noted or not; nothing may be begun.</exception>
    public Task NoteAsync(AccountId account) => guard.RunAsync(
        $"pending work of account {account}", cancellation => accounts.CreateAsync(NameOf(account), default, cancellation));

    /// <summary>Forgets an account that has nothing under way.</summary>
    /// <exception cref="StorageUnavailableException">It may be forgotten or not.</exception>
    public Task ForgetAsync(AccountId account) => guard.RunAsync(
        $"pending work of account {account}", cancellation => accounts.DeleteAsync(NameOf(account), cancellation));

    /// <summary>Whether an account is noted.</summary>
    public async Task<bool> IsNotedAsync(AccountId account) => await guard.RunAsync(
        $"pending work of account {account}", cancellation => accounts.LengthAsync(NameOf(account), cancellation)) is not null;

    /// <summary>Asks every noted account's grain to finish what it finds.</summary>
    /// <exception cref="StorageException">The folder could not be read to its end.</exception>
    public Task FinishAllAsync(CancellationToken cancellationToken) => Parallel.ForEachAsync(
        accounts.ListAsync(Folder, cancellationToken),
        new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
        async (entry, _) =>
        {
            if (AccountId.TryParse(entry.Name.Segments[^1], out var account))
            {
                await FinishAsync(account);
            }
        });

    private async Task FinishAsync(AccountId account)
    {
        try
        {
            await grains.GetGrain<IUserGrain>(account.ToString()).FinishPending();
        }
        catch (Exception e)
        {
            logger.PendingNotFinished(e, account); // it stays noted, and the others are asked all the same
        }
    }

    private static BlobName NameOf(AccountId account) => Folder.Append(account.ToString());
}

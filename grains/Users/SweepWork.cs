using Microsoft.Extensions.DependencyInjection;
using Vault.Grains.Interfaces;
using Vault.Protocol;
using Vault.Storage;

namespace Vault.Grains.Users;

/// <summary>Clears away what is over in one account: files whose time in the trash has passed, sends that nobody ended, and content that nothing
/// refers to.</summary>
/// <remarks>
/// What takes long, which is looking through the store, is done here, beside whatever the account is asked meanwhile. Its grain is asked for
/// little at a time; what is deleted, it decides.
/// </remarks>
internal sealed class SweepWork(
    [FromKeyedServices(BlobStores.Content)] IBlobStore content, IGrainFactory grains)
{
    // How many are asked about in one call, and how many an account is kept busy with at most.
    private const int Asked = 1_000, Deleted = 32;

    /// <summary>Sweeps an account to the end.</summary>
    /// <exception cref="StorageException">Its content could not be listed to the end.</exception>
    /// <exception cref="StorageUnavailableException">A grain could not do its part.</exception>
    public async Task SweepAsync(AccountId account, CancellationToken cancellationToken)
    {
        var user = grains.GetGrain<IUserGrain>(account.ToString());
        while (await user.Sweep())
        {
            cancellationToken.ThrowIfCancellationRequested();
        }

        var folder = BlobName.Create(account.ToString());
        await DeleteOrphansAsync(user, content.ListAsync(folder, cancellationToken).Select(entry => entry.Name), areStaged: false, cancellationToken);
        await DeleteOrphansAsync(user, content.ListStagedAsync(folder, cancellationToken), areStaged: true, cancellationToken);
    }

    /// <summary>
    /// Content that no version has and no open send can give one, whole or in parts: of sends that expired, were released or were refused, and
    /// of versions whose deletion was cut off.
    /// </summary>
    private static async Task DeleteOrphansAsync(
        IUserGrain user, IAsyncEnumerable<BlobName> names, bool areStaged, CancellationToken cancellationToken)
    {
        await foreach (var page in names.Chunk(Asked).WithCancellation(cancellationToken))
        {
            List<UploadId> uploads = [];
            foreach (var name in page)
            {
                if (ContentName.TryReadUpload(name.ToString(), out var upload))
                {
                    uploads.Add(upload);
                }
            }

            foreach (var few in (await user.GetUnreferred(uploads)).Chunk(Deleted))
            {
                cancellationToken.ThrowIfCancellationRequested();
                await user.DeleteUnreferred(few, areStaged);
            }
        }
    }
}

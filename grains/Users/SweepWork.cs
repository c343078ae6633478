using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Vault.Grains.EventSourcing;
using Vault.Grains.Files;
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
    [FromKeyedServices(BlobStores.Content)] IBlobStore content, IGrainFactory grains, StorageGuard guard, ILogger<SweepWork> logger)
{
    // How many are asked about in one call, and how many an account is kept busy with at most.
    private const int Asked = 1_000, Deleted = 32, FilesAtOnce = 16;

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
        await foreach (var page in content.ListAsync(folder, cancellationToken).Chunk(Asked).WithCancellation(cancellationToken))
        {
            await DeleteOrphansAsync(user, page.Select(entry => entry.Name), areStaged: false, cancellationToken);
            await DeleteGrantsAsync(account, page, cancellationToken);
        }

        await foreach (var page in content.ListStagedAsync(folder, cancellationToken).Chunk(Asked).WithCancellation(cancellationToken))
        {
            await DeleteOrphansAsync(user, page, areStaged: true, cancellationToken);
        }
    }

    /// <summary>
    /// Content that no version has and no open send can give one, whole or in parts: of sends that expired, were released or were refused, and
    /// of versions whose deletion was cut off.
    /// </summary>
    private static async Task DeleteOrphansAsync(
        IUserGrain user, IEnumerable<BlobName> names, bool areStaged, CancellationToken cancellationToken)
    {
        List<UploadId> uploads = [];
        foreach (var name in names)
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

    /// <summary>Stored grants that no share of a file is in any more: of commands that were cut off or refused.</summary>
    private Task DeleteGrantsAsync(AccountId owner, IEnumerable<BlobEntry> entries, CancellationToken cancellationToken) => Parallel.ForEachAsync(
        entries,
        new ParallelOptions { MaxDegreeOfParallelism = FilesAtOnce, CancellationToken = cancellationToken },
        async (entry, _) =>
        {
            try
            {
                if (GrantBlob.TryReadHash(entry.Name, out var hash) && await FindFileAsync(entry) is { } file)
                {
                    await grains.GetGrain<IFileGrain>(file.ToString()).DeleteGrants(owner, hash);
                }
            }
            catch (Exception e)
            {
                logger.NotSwept(e, owner.ToString()); // a file that cannot be asked stops nobody else's
            }
        });

    /// <summary>The file that stored grants are of, which their name does not say; null where they are gone meanwhile.</summary>
    private async Task<FileId?> FindFileAsync(BlobEntry entry)
    {
        var length = (int)Math.Min(entry.Length, GrantBlob.MaxFirstLength);
        var beginning = await guard.RunAsync(
            $"grants {entry.Name}", cancellation => GrantBlob.ReadAsync(content, entry.Name, 0, length, cancellation));
        return beginning is null ? null : GrantBlob.FileOf(beginning) ?? throw guard.Damaged($"grants {entry.Name}");
    }
}

using Vault.Grains.Interfaces;
using Vault.Protocol;
using Vault.Storage;

namespace Vault.Gateway;

/// <summary>The store of file content, and the turns to move something to it or from it.</summary>
internal sealed class ContentStore([FromKeyedServices(ContentStore.Key)] IBlobStore store, TransferBudget budget)
{
    /// <summary>The key of the content store among the services; the silo's grains use the same.</summary>
    public const string Key = "content";

    /// <summary>The store itself.</summary>
    public IBlobStore Store => store;

    /// <summary>Where a send's content lies.</summary>
    public static BlobName Name(AccountId owner, UploadId upload) => BlobName.TryParse(ContentName.Of(owner, upload), out var name)
        ? name
        : throw new InvalidOperationException("Ids always make a name.");

    /// <inheritdoc cref="TransferBudget.EnterAsync"/>
    public Task<IDisposable> EnterAsync(AccountId account, long buffered, CancellationToken cancellationToken) =>
        budget.EnterAsync(account, buffered, cancellationToken);
}

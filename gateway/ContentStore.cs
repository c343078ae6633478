using Vault.Grains.Interfaces;
using Vault.Protocol;
using Vault.Storage;

namespace Vault.Gateway;

/// <summary>The store of file content, with one bound on how many bodies are in transfer: a slow store pauses reading, it fills no memory.</summary>
internal sealed class ContentStore([FromKeyedServices(ContentStore.Key)] IBlobStore store, GatewayOptions options) : IDisposable
{
    /// <summary>The key of the content store among the services; the silo's grains use the same.</summary>
    public const string Key = "content";

    private readonly SemaphoreSlim _transfers = new(options.MaxTransfers);

    /// <summary>The store itself.</summary>
    public IBlobStore Store => store;

    /// <summary>Where a send's content lies.</summary>
    public static BlobName Name(AccountId owner, UploadId upload) => BlobName.TryParse(ContentName.Of(owner, upload), out var name)
        ? name
        : throw new InvalidOperationException("Ids always make a name.");

    /// <summary>Waits for a turn to move a body; dispose it to let the next one in.</summary>
    public async Task<IDisposable> EnterAsync(CancellationToken cancellationToken)
    {
        await _transfers.WaitAsync(cancellationToken);
        return new Turn(_transfers);
    }

    public void Dispose() => _transfers.Dispose();

    private sealed class Turn(SemaphoreSlim transfers) : IDisposable
    {
        private SemaphoreSlim? _transfers = transfers;

        public void Dispose() => Interlocked.Exchange(ref _transfers, null)?.Release();
    }
}

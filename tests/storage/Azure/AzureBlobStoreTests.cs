using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Vault.Storage.Azure;
using Vault.Tests.Support;

namespace Vault.Storage.Tests.Azure;

public sealed class AzureBlobStoreTests(AzuriteFixture fixture) : BlobStoreContract, IClassFixture<AzuriteFixture>, IAsyncLifetime
{
    private readonly AzureContainer _container = Containers.New(fixture.Azurite);

    protected override IBlobStore Store => new AzureBlobStore(_container);

    [Fact]
    public async Task StagePartAsync_TheSameOverAndOver_IsKeptOnce()
    {
        var blob = TestBlob.Create(95, 2_000, 1_000);
        for (var round = 0; round < 5; round++)
        {
            await StageAllAsync(blob);
        }

        await new AzureBlobStore(_container).StagePartAsync(blob.Name, blob.Parts[0], blob.Open(blob.Parts[0]), default); // another gateway
        Assert.Equal(2_000, await KeptAsync(blob.Name));
        await Store.CommitAsync(blob.Name, blob.Parts, default);
    }

    [Fact]
    public async Task StagePartAsync_OtherContentOverAndOver_IsRefusedWhenAsMuchWasReplacedAsStands()
    {
        var store = Store;
        var blobs = Enumerable.Range(200, 4).Select(number => TestBlob.Create(number, 1_000, 1_000)).ToArray();
        var name = blobs[0].Name;
        foreach (var blob in blobs[..2])
        {
            await store.StagePartAsync(name, blob.Parts[0], blob.Open(blob.Parts[0]), default);
        }

        foreach (var from in new[] { store, Store }) // another gateway refuses it as well
        {
            foreach (var blob in blobs[2..])
            {
                await Expect.StorageErrorAsync(
                    StorageError.Conflict, () => from.StagePartAsync(name, blob.Parts[0], blob.Open(blob.Parts[0]), default));
            }
        }

        Assert.Equal(2_000, await KeptAsync(name));
        await store.CommitAsync(name, blobs[1].Parts, default);
    }

    public Task InitializeAsync() => _container.OpenAsync(create: true, default);

    public Task DisposeAsync()
    {
        _container.Dispose();
        return Task.CompletedTask;
    }

    // How many bytes the service keeps of what was staged.
    private async Task<long> KeptAsync(BlobName name)
    {
        var blob = _container.Client.GetBlockBlobClient($"blobs/{name}");
        var blocks = await blob.GetBlockListAsync(BlockListTypes.Uncommitted);
        return blocks.Value.UncommittedBlocks.Sum(block => block.SizeLong);
    }
}

using Vault.Storage.Azure;
using Vault.Tests.Support;

namespace Vault.Storage.Tests.Azure;

public sealed class AzureBlobStoreTests(AzuriteFixture fixture) : BlobStoreContract, IClassFixture<AzuriteFixture>, IAsyncLifetime
{
    private readonly AzureContainer _container = Containers.New(fixture.Azurite);

    protected override IBlobStore Store => new AzureBlobStore(_container);

    public Task InitializeAsync() => _container.OpenAsync(create: true, default);

    public Task DisposeAsync()
    {
        _container.Dispose();
        return Task.CompletedTask;
    }
}

using Vault.Storage;
using Vault.Storage.Azure;
using Vault.Tests.Server;
using Vault.Tests.Support;

namespace Vault.Grains.Tests;

/// <summary>Three silos with the real grains, which keep everything in the blob emulator.</summary>
public sealed class AzureVault() : TestVault(null, silos: 3)
{
    private readonly TemporaryFolder _copies = new();
    private string _name = ""; // set by InitializeAsync, as is the emulator
    private Azurite? _azurite;
    private AzureContainer? _container;
    private int _copied;

    /// <inheritdoc />
    public override async Task InitializeAsync()
    {
        _azurite = await Azurite.StartAsync();
        _name = _azurite.NewContainer();
        await base.InitializeAsync();
    }

    /// <inheritdoc />
    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await (_azurite?.DisposeAsync() ?? default);
        _copies.Dispose();
    }

    /// <inheritdoc />
    internal override IReadOnlyList<string> StoredFiles() =>
        StoredBlobs.Copy(_azurite!.ConnectionString, _name, _copies.File($"{++_copied}")); // it was started

    private protected override async Task<(IEventLog Events, IBlobStore Blobs)> OpenStoresAsync()
    {
        _container = new AzureContainer(AzureLocation.Parse(_azurite!.ConnectionString, _name, null, DateTimeOffset.UtcNow)); // it was started
        await _container.OpenAsync(create: true, default);
        return (new AzureEventLog(_container), new AzureBlobStore(_container));
    }

    private protected override void CloseStores()
    {
        _container?.Dispose();
        _container = null;
    }
}

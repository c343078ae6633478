using Vault.Storage;
using Vault.Storage.Azure;
using Vault.Storage.Tests.Azure;
using Vault.Tests.Server;
using Vault.Tests.Support;

namespace Vault.Grains.Tests;

/// <summary>Silos with the real grains, three unless told otherwise, which keep everything in the blob emulator.</summary>
public class AzureVault : TestVault
{
    private readonly AzureOptions? _options;
    private readonly FaultyWire? _wire;
    private readonly TemporaryFolder _copies = new();
    private string _name = ""; // set by InitializeAsync, as is the emulator
    private Azurite? _azurite;
    private AzureContainer? _container;
    private int _copied;

    public AzureVault()
        : base(null, silos: 3)
    {
    }

    private protected AzureVault(AzureOptions options, FaultyWire wire)
        : base(null) => (_options, _wire) = (options, wire);

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
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc />
    internal override IReadOnlyList<string> StoredFiles() =>
        StoredBlobs.Copy(_azurite!.ConnectionString, _name, _copies.File($"{++_copied}")); // it was started

    /// <summary>The names of all blobs.</summary>
    internal IReadOnlyList<string> Blobs() => StoredBlobs.Names(_azurite!.ConnectionString, _name); // it was started

    private protected override async Task<(IEventLog Events, IBlobStore Blobs)> OpenStoresAsync()
    {
        var location = AzureLocation.Parse(_azurite!.ConnectionString, _name, null, DateTimeOffset.UtcNow); // it was started
        _container = _wire is null ? new AzureContainer(location, _options) : new AzureContainer(location, _options!, _wire.Around); // given together
        await _container.OpenAsync(create: true, default);
        return (new AzureEventLog(_container), new AzureBlobStore(_container));
    }

    private protected override void CloseStores()
    {
        _container?.Dispose();
        _container = null;
    }
}

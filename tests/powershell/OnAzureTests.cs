using Vault.Tests.Support;

namespace Vault.PowerShell.Tests;

/// <summary>A server that keeps everything but its keys in the blob emulator.</summary>
public sealed class AzureServer : Server
{
    private Azurite? _azurite;

    /// <inheritdoc />
    public override string DataFolder => _azurite?.Folder ?? throw new InvalidOperationException("The server was not started.");

    /// <inheritdoc />
    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await (_azurite?.DisposeAsync() ?? default);
    }

    /// <inheritdoc />
    protected override async Task<string[]> StorageOptionsAsync(string folder)
    {
        _azurite = await Azurite.StartAsync();
        return _azurite.ServerOptions(folder);
    }
}

/// <summary>The same files, by a server on Azure blobs.</summary>
public sealed class FileOnAzureTests(AzureServer server) : FileTests(server), IClassFixture<AzureServer>;

/// <summary>The same story of two people, by a server on Azure blobs.</summary>
public sealed class ShareOnAzureTests(AzureServer server) : ShareTests(server), IClassFixture<AzureServer>;

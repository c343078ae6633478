using Vault.Tests.Server;

namespace Vault.PowerShell.Tests;

/// <summary>Three silos, two gateways and the blob emulator in a server's place.</summary>
public sealed class ClusterServer : Server
{
    private LocalCluster? _cluster;

    /// <inheritdoc />
    public override string Unpinned => Running.Address.ToString();

    /// <inheritdoc />
    public override string Key => Running.Gateways[0].Address.Key.ToString()!; // every gateway says its key

    /// <inheritdoc />
    public override string DataFolder => Running.Azurite.Folder;

    private LocalCluster Running => _cluster ?? throw new InvalidOperationException("The cluster was not started.");

    /// <inheritdoc />
    public override async Task InitializeAsync() => _cluster = await LocalCluster.StartAsync();

    /// <inheritdoc />
    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await (_cluster?.DisposeAsync() ?? default);
    }
}

/// <summary>The same files, on a cluster.</summary>
public sealed class FileOnClusterTests(ClusterServer server) : FileTests(server), IClassFixture<ClusterServer>;

/// <summary>The same story of two people, on a cluster.</summary>
public sealed class ShareOnClusterTests(ClusterServer server) : ShareTests(server), IClassFixture<ClusterServer>;

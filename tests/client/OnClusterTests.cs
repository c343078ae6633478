using Vault.Client.Tests.Files;
using Vault.Client.Tests.Shares;
using Vault.Tests.Server;

namespace Vault.Client.Tests;

/// <summary>The same files there and back, on three silos and two gateways.</summary>
public sealed class TransferOnClusterTests(ClusterFixture fixture) : TransferTests, IClassFixture<ClusterFixture>
{
    private protected override Task<RunningVault> StartAsync() => Task.FromResult(RunningVault.On(fixture.Cluster));
}

/// <summary>The owner and the two friends on such a cluster.</summary>
public sealed class ClusterStoryFixture : StoryFixture
{
    private LocalCluster? _cluster;

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await (_cluster?.DisposeAsync() ?? default);
    }

    private protected override async Task<RunningVault> StartAsync() =>
        RunningVault.On(_cluster = await LocalCluster.StartAsync());
}

/// <summary>The same grants there.</summary>
public sealed class GrantOnClusterTests(ClusterStoryFixture story) : GrantTests(story), IClassFixture<ClusterStoryFixture>;

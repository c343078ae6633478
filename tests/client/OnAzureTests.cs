using Vault.Client.Tests.Files;
using Vault.Client.Tests.Shares;
using Vault.Tests.Server;
using Vault.Tests.Support;

namespace Vault.Client.Tests;

/// <summary>The same files there and back, with a server that keeps everything in Azure blobs.</summary>
public sealed class TransferOnAzureTests(AzuriteFixture fixture) : TransferTests, IClassFixture<AzuriteFixture>
{
    private protected override Task<RunningVault> StartAsync() => RunningVault.StartAsync(fixture.Azurite);
}

/// <summary>The owner and the two friends on such a server.</summary>
public sealed class AzureStoryFixture : StoryFixture
{
    private Azurite? _azurite;

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await (_azurite?.DisposeAsync() ?? default);
    }

    private protected override async Task<RunningVault> StartAsync() =>
        await RunningVault.StartAsync(_azurite = await Azurite.StartAsync());
}

/// <summary>The same grants there.</summary>
public sealed class GrantOnAzureTests(AzureStoryFixture story) : GrantTests(story), IClassFixture<AzureStoryFixture>;

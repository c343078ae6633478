using Vault.Tests.Server;
using Vault.Tests.Support;

namespace Vault.Gateway.Tests.Server;

/// <summary>One server for the tests of a class.</summary>
public class VaultFixture : IAsyncLifetime
{
    internal RunningVault Vault { get; private set; } = null!; // set before the first test

    public virtual async Task InitializeAsync() => Vault = await StartAsync();

    public virtual async Task DisposeAsync() => await Vault.DisposeAsync();

    private protected virtual Task<RunningVault> StartAsync() => RunningVault.StartAsync();
}

/// <summary>The same on Azure blobs.</summary>
public sealed class AzureVaultFixture : VaultFixture
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

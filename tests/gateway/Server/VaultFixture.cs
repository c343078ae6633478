using Vault.Tests.Server;

namespace Vault.Gateway.Tests.Server;

/// <summary>One server for the tests of a class.</summary>
public sealed class VaultFixture : IAsyncLifetime
{
    internal RunningVault Vault { get; private set; } = null!; // set before the first test

    public async Task InitializeAsync() => Vault = await RunningVault.StartAsync();

    public async Task DisposeAsync() => await Vault.DisposeAsync();
}

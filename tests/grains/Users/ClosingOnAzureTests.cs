namespace Vault.Grains.Tests.Users;

/// <summary>The same endings of accounts, on three silos that keep everything in Azure blobs.</summary>
public sealed class ClosingOnAzureTests(AzureVault vault) : ClosingTests(vault), IClassFixture<AzureVault>
{
    // Three silos are started and stopped for each.
    private protected override int CutEvery => 3;
}

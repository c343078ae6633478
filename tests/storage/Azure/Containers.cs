using Vault.Storage.Azure;
using Vault.Tests.Support;

namespace Vault.Storage.Tests.Azure;

/// <summary>Containers of the emulator, as the stores see them.</summary>
internal static class Containers
{
    /// <summary>A container of a test's own, not made yet.</summary>
    internal static AzureContainer New(Azurite azurite, AzureOptions? options = null) =>
        Named(azurite.Port, azurite.NewContainer(), options);

    /// <summary>A container by name, behind a port.</summary>
    internal static AzureContainer Named(int port, string name, AzureOptions? options = null) => new(
        AzureLocation.Parse(Azurite.ConnectionStringFor(port), name, null, DateTimeOffset.UtcNow), options);

    /// <summary>The same container over a network that fails as the test says.</summary>
    internal static AzureContainer Faulty(int port, string name, FaultyWire wire, AzureOptions? options = null) => new(
        AzureLocation.Parse(Azurite.ConnectionStringFor(port), name, null, DateTimeOffset.UtcNow),
        options ?? new AzureOptions { RetryDelay = TimeSpan.FromMilliseconds(1) },
        wire.Around);
}

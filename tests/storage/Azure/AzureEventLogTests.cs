using Vault.Storage.Azure;
using Vault.Tests.Support;

namespace Vault.Storage.Tests.Azure;

public sealed class AzureEventLogTests(AzuriteFixture fixture) : EventLogContract, IClassFixture<AzuriteFixture>, IAsyncLifetime
{
    private readonly AzureContainer _container = Containers.New(fixture.Azurite);
    private AzureEventLog? _log;

    protected override int LongStream => 1_500;

    protected override IEventLog Log => _log ??= new AzureEventLog(_container);

    public Task InitializeAsync() => _container.OpenAsync(create: true, default);

    public Task DisposeAsync()
    {
        _container.Dispose();
        return Task.CompletedTask;
    }
}

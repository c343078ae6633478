using Microsoft.Extensions.Diagnostics.HealthChecks;
using Vault.Storage;

namespace Vault.Gateway.Operations;

/// <summary>Whether the content store answers. Asked at most every few seconds, however often somebody looks.</summary>
/// <remarks>Degraded, not unhealthy: taking every gateway away while storage is away would turn a clear answer into none.</remarks>
internal sealed class StorageCheck([FromKeyedServices(ContentStore.Key)] IBlobStore store, TimeProvider time) : IHealthCheck
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(5), Patience = TimeSpan.FromSeconds(2);
    private static readonly BlobName Nothing = BlobName.Create("health", "nothing");

    private readonly Lock _lock = new();
    private Task<bool>? _last;
    private long _asked;

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        Task<bool> answer;
        lock (_lock)
        {
            if (_last is null || time.GetElapsedTime(_asked) > MaxAge)
            {
                _asked = time.GetTimestamp();
                _last = AskAsync();
            }

            answer = _last;
        }

        return await answer.WaitAsync(cancellationToken) ? HealthCheckResult.Healthy() : HealthCheckResult.Degraded();
    }

    private async Task<bool> AskAsync()
    {
        using var patience = new CancellationTokenSource(Patience, time);
        try
        {
            await store.LengthAsync(Nothing, patience.Token).WaitAsync(Patience, time);
            return true;
        }
        catch (Exception error) when (error is StorageException or TimeoutException or OperationCanceledException)
        {
            return false;
        }
    }
}

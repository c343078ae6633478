using Microsoft.AspNetCore.Connections;

namespace Vault.Gateway.Hosting;

/// <summary>A gateway's connections to silos. When one ends, what was asked through it is never answered.</summary>
internal sealed class SiloLinks
{
    private TaskCompletionSource _lost = New();

    /// <summary>Completes when the next connection ends.</summary>
    public Task Lost => Volatile.Read(ref _lost).Task;

    /// <summary>Watches each connection from when both sides have shown their key.</summary>
    public void Watch(IConnectionBuilder wire) => wire.Use(next => async connection =>
    {
        try
        {
            await next(connection);
        }
        finally
        {
            Interlocked.Exchange(ref _lost, New()).SetResult();
        }
    });

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

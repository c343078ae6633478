namespace Vault.Client.Files;

/// <summary>Runs scrypt: on threads of its own, so that nothing else waits, and two at a time, for each takes 256 MiB.</summary>
internal static class PasswordWork
{
    private static readonly SemaphoreSlim Turns = new(2);

    internal static async Task<T> RunAsync<T>(Func<T> work, CancellationToken cancellationToken)
    {
        await Turns.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await Task.Factory.StartNew(
                work, cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
        }
        finally
        {
            Turns.Release();
        }
    }
}

namespace Vault.Client.Keys;

/// <summary>A recovery key on its way to become an account's. From the moment on that the request which makes it so has left, it may be the
/// only one that opens the account: then it goes to the person, whatever else fails.</summary>
internal sealed class NewRecoveryKey : IDisposable
{
    /// <summary>Whoever is handed it disposes it.</summary>
    public RecoveryKey Key { get; } = RecoveryKey.Generate();

    /// <summary>Whether it may be the account's.</summary>
    public bool MayCount { get; private set; }

    /// <summary>Whether the server has said that it is.</summary>
    public bool Counts { get; private set; }

    /// <summary>Waits for the request that makes it the account's; one that the server refused has changed nothing.</summary>
    public async Task CommitAsync(Task request)
    {
        MayCount = true;
        try
        {
            await request.ConfigureAwait(false);
            Counts = true;
        }
        catch (VaultException error) when (!error.MayBeDone)
        {
            MayCount = false;
            throw;
        }
    }

    /// <summary>Zeroes the key: for one that cannot be the account's.</summary>
    public void Dispose() => Key.Dispose();
}

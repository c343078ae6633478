namespace Vault.Client.Keys;

/// <summary>A change of what opens an account. From the moment on that the request for it has left, it may be done, whatever else fails.</summary>
internal class KeyChange
{
    /// <summary>Whether it may be done.</summary>
    public bool MayCount { get; private set; }

    /// <summary>Whether the server has said that it is.</summary>
    public bool Counts { get; private set; }

    /// <summary>Waits for the request; one that the server refused has changed nothing.</summary>
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
}

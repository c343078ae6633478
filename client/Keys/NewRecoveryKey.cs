namespace Vault.Client.Keys;

/// <summary>A recovery key on its way to become an account's. From the moment on that the request which makes it so has left, it may be the
/// only one that opens the account: then it goes to the person, whatever else fails.</summary>
internal sealed class NewRecoveryKey : KeyChange, IDisposable
{
    /// <summary>Whoever is handed it disposes it.</summary>
    public RecoveryKey Key { get; } = RecoveryKey.Generate();

    /// <summary>Zeroes the key: for one that cannot be the account's.</summary>
    public void Dispose() => Key.Dispose();
}

namespace Vault.Client;

/// <summary>An account that was got back: signed in, or at least with its new recovery key.</summary>
public sealed class RecoveredAccount : IDisposable
{
    private readonly VaultSession? _session;

    internal RecoveredAccount(VaultSession? session, RecoveryKey? newRecoveryKey, Exception? failure) =>
        (_session, NewRecoveryKey, Failure) = (session, newRecoveryKey, failure);

    /// <summary>The session; the caller's.</summary>
    /// <exception cref="InvalidOperationException">There is none, see <see cref="Failure"/>.</exception>
    public VaultSession Session => _session ?? throw new InvalidOperationException("There is no session.", Failure);

    /// <summary>Without the recovery key: the new one. Show it to the person once, also where something failed.</summary>
    public RecoveryKey? NewRecoveryKey { get; }

    /// <summary>Why there is no session though the password is reset, or may be: a <see cref="VaultException"/> that says what to do, or
    /// <see cref="OperationCanceledException"/>. Null where nothing failed.</summary>
    public Exception? Failure { get; }

    /// <summary>Zeroes the recovery key.</summary>
    public void Dispose() => NewRecoveryKey?.Dispose();
}

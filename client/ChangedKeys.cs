using Vault.Protocol;

namespace Vault.Client;

/// <summary>After a change of what opens the account.</summary>
/// <param name="Session">The session to go on with.</param>
/// <param name="RecoveryKey">The new one, where the keys changed; the caller shows it once and disposes it.</param>
/// <param name="EndedAccessKeys">Where the keys changed: the access keys that the account had. They ended with the keys that they hold.</param>
public sealed record ChangedKeys(VaultSession Session, RecoveryKey? RecoveryKey, IReadOnlyList<AccessKeyEntry> EndedAccessKeys)
{
    /// <summary>Why it is not known whether the new recovery key is the account's: a <see cref="VaultException"/> that says what to do, or
    /// <see cref="OperationCanceledException"/>. Null where nothing failed.</summary>
    public Exception? Failure { get; init; }
}

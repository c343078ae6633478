using System.Management.Automation;
using System.Security;

namespace Vault.PowerShell.Commands;

/// <summary>Restore-VaultKeyRing: brings back what a reset without the recovery key put aside.</summary>
/// <remarks>A recovery key from before the reset opens the key ring of then, which becomes part of the present one: files, names, shares
/// given and received, contacts are all there again, beside what came since. That recovery key is the account's again; a newer one opens
/// nothing any more. The password stays.</remarks>
/// <example>
/// <para>Restores with a recovery key that was found again.</para>
/// <code>
/// $recoveryKey = Read-Host 'Recovery key' -AsSecureString
/// $password = Read-Host 'Password' -AsSecureString
/// Restore-VaultKeyRing -RecoveryKey $recoveryKey -Password $password
/// </code>
/// </example>
/// <example>
/// <para>Restores in a session of its own, then lists the files.</para>
/// <code>
/// $session = Get-VaultSession -Default
/// $recoveryKey = Read-Host 'Recovery key' -AsSecureString
/// $password = Read-Host 'Password' -AsSecureString
/// Restore-VaultKeyRing -RecoveryKey $recoveryKey -Password $password -Session $session
/// Get-VaultFile
/// </code>
/// </example>
/// <seealso cref="ResetVaultPasswordCommand"/>
[Cmdlet(VerbsData.Restore, "VaultKeyRing", DefaultParameterSetName = ByPassword, SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class RestoreVaultKeyRingCommand : PasswordCmdlet
{
    /// <summary>The recovery key from before the reset, <c>vaultrecovery1…</c>.</summary>
    [Parameter(Mandatory = true, HelpMessage = "The recovery key from before the password was reset.")]
    [ValidateNotNull]
    public SecureString? RecoveryKey { get; set; }

    /// <inheritdoc />
    protected override void EndProcessing()
    {
        if (!ShouldProcess(UsedSession.Email, "Restore the key ring from before a reset"))
        {
            return;
        }

        using var current = Secret(Password, PasswordSecret)!; // one is mandatory
        using var key = Need("RecoveryKey", RecoveryKey!.ToRecoveryKey); // mandatory
        Use(Change((code, stop) => UsedSession.RestoreKeyRingAsync(key, current, code, stop)));
    }
}

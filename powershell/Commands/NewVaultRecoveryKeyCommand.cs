using System.Management.Automation;

namespace Vault.PowerShell.Commands;

/// <summary>New-VaultRecoveryKey: makes a new recovery key in place of the one there is.</summary>
/// <remarks>The password is proved by a fresh sign-in. The recovery key before opens nothing any more; what it was shown on can be
/// thrown away. A notice is mailed. Where the connection is lost when the new key may be the account's already, it is written out all the same,
/// with an error that says what to do; a script that errors end finds the key in that error's <c>TargetObject</c>.</remarks>
/// <example>
/// <para>Makes a new recovery key and shows it.</para>
/// <code>
/// $password = Read-Host 'Password' -AsSecureString
/// New-VaultRecoveryKey -Password $password
/// </code>
/// </example>
/// <example>
/// <para>Makes one and hands it to a variable, as a secure string.</para>
/// <code>
/// $password = Read-Host 'Password' -AsSecureString
/// $key = (New-VaultRecoveryKey -Password $password).Key
/// </code>
/// </example>
/// <seealso cref="ResetVaultPasswordCommand"/>
[Cmdlet(VerbsCommon.New, "VaultRecoveryKey", DefaultParameterSetName = ByPassword, SupportsShouldProcess = true)]
[OutputType(typeof(VaultRecoveryKey))]
public sealed class NewVaultRecoveryKeyCommand : PasswordCmdlet
{
    /// <inheritdoc />
    protected override void EndProcessing()
    {
        if (ShouldProcess(UsedSession.Email, "Replace the recovery key"))
        {
            using var current = Secret(Password, PasswordSecret)!; // one is mandatory
            var changed = Change((code, stop) => UsedSession.ReplaceRecoveryKeyAsync(current, code, stop));
            HandOut(changed.RecoveryKey!, changed.Failure); // there is always one
        }
    }
}

using System.Management.Automation;
using System.Security;

namespace Vault.PowerShell.Commands;

/// <summary>Set-VaultPassword: changes the account's password.</summary>
/// <remarks>The present password is proved by a fresh sign-in. Every other session of the account ends, and a notice is mailed. Files stay
/// as they are: the key ring is sealed anew, under the new password. With <c>-RotateKeys</c> a new identity and signing key are made too,
/// for instance after a machine was lost: the ones before stay in the key ring to open what was made with them, and sign the new ones, so
/// that contacts accept them without a question. The key that seals names stays. The recovery key is then a new one, and every access
/// key ends: a warning names them, and new ones open older files too. Grants to you that were made for the former keys stay readable.
/// Where the connection is lost when the keys may be changed already, the new recovery key is written out all the same, with an error that says
/// what to do; a script that errors end finds the key in that error's <c>TargetObject</c>.</remarks>
/// <example>
/// <para>Changes the password.</para>
/// <code>
/// $old = Read-Host 'Present password' -AsSecureString
/// $new = Read-Host 'New password' -AsSecureString
/// Set-VaultPassword -Password $old -NewPassword $new
/// </code>
/// </example>
/// <example>
/// <para>Changes password and keys, and keeps the new recovery key.</para>
/// <code>
/// $old = Read-Host 'Present password' -AsSecureString
/// $new = Read-Host 'New password' -AsSecureString
/// $recoveryKey = Set-VaultPassword -Password $old -NewPassword $new -RotateKeys
/// </code>
/// </example>
/// <seealso cref="NewVaultRecoveryKeyCommand"/>
/// <seealso cref="ResetVaultPasswordCommand"/>
[Cmdlet(VerbsCommon.Set, "VaultPassword", DefaultParameterSetName = ByPassword, SupportsShouldProcess = true)]
[OutputType(typeof(VaultRecoveryKey))]
public sealed class SetVaultPasswordCommand : PasswordCmdlet
{
    /// <summary>The new password.</summary>
    [Parameter(Mandatory = true, HelpMessage = "The new password of your account.")]
    [ValidateNotNull]
    public SecureString? NewPassword { get; set; }

    /// <summary>Make a new identity and signing key too, and with them a new recovery key.</summary>
    [Parameter]
    public SwitchParameter RotateKeys { get; set; }

    /// <inheritdoc />
    protected override void EndProcessing()
    {
        if (!ShouldProcess(UsedSession.Email, RotateKeys ? "Change the password and the keys" : "Change the password"))
        {
            return;
        }

        using var current = Secret(Password, PasswordSecret)!; // one is mandatory
        using var password = Secret(NewPassword)!; // mandatory
        var changed = Change((code, stop) => UsedSession.ChangePasswordAsync(current, password, RotateKeys, code, stop));
        Use(changed.Session);
        if (changed.RecoveryKey is { } key)
        {
            HandOut(key, changed.Failure);
        }

        if (changed.EndedAccessKeys is { Count: > 0 } ended)
        {
            Caution(
                $"These access keys ended, because they hold the keys of before: {string.Join(", ", ended.Select(one => $"'{one.Name}'"))}. "
                + "Make new ones with New-VaultAccessKey; they open older and newer files.");
        }
    }
}

using System.Management.Automation;

namespace Vault.PowerShell.Commands;

/// <summary>Remove-VaultAccount: closes your account for good, with everything in it.</summary>
/// <remarks>
/// <para>The password is proved by a fresh sign-in, and where one-time codes are on, a code is needed too. Every session and access key of
/// the account ends at once; files, versions and the trash are deleted; people to whom you gave files lose them, and files that others
/// gave you leave your hands. The keys go with the rest: nobody can bring anything back, the server's operator included. A notice is
/// mailed. Receive-VaultFile what you want to keep first.</para>
/// <para>The address can be registered anew. That is another account, and people who knew you see that its keys are not the ones
/// they know. What the operator's backups hold is the operator's to delete.</para>
/// </remarks>
/// <example>
/// <para>Closes the account that is signed in, after a question.</para>
/// <code>
/// $password = Read-Host 'Password' -AsSecureString
/// Remove-VaultAccount -Password $password
/// </code>
/// </example>
/// <example>
/// <para>Fetches the papers first, then closes the account without a question.</para>
/// <code>
/// Get-VaultFile papers/* | Receive-VaultFile -Destination ./kept/
/// $password = Read-Host 'Password' -AsSecureString
/// Remove-VaultAccount -Password $password -Force
/// </code>
/// </example>
/// <seealso cref="DisconnectVaultCommand"/>
/// <seealso cref="ReceiveVaultFileCommand"/>
/// <seealso cref="NewVaultAccountCommand"/>
[Cmdlet(
    VerbsCommon.Remove, "VaultAccount", DefaultParameterSetName = ByPassword, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(void))]
public sealed class RemoveVaultAccountCommand : PasswordCmdlet
{
    /// <summary>Close it without a question.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc />
    protected override void EndProcessing()
    {
        if (!IsWanted())
        {
            return;
        }

        using var current = Secret(Password, PasswordSecret)!; // one is mandatory
        Change(async (code, stop) =>
        {
            await UsedSession.CloseAccountAsync(current, code, stop);
            return true;
        });
        SessionTable.Current.End(UsedSession);
        Await(async (_, _) => await UsedSession.DisposeAsync());
    }

    // -WhatIf holds against -Force.
    private bool IsWanted()
    {
        var target = $"{UsedSession.Email} at {UsedSession.Server}";
        const string Action = "Close the account for good: files, shares and keys, which nobody can bring back";
        if (!Force)
        {
            return ShouldProcess(target, Action);
        }

        var isDryRun = MyInvocation.BoundParameters.TryGetValue("WhatIf", out var given)
            ? ((SwitchParameter)given).IsPresent
            : LanguagePrimitives.IsTrue(GetVariableValue("WhatIfPreference"));
        return !isDryRun || ShouldProcess(target, Action);
    }
}

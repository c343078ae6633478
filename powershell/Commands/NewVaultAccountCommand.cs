using System.Management.Automation;
using Vault.Client;

namespace Vault.PowerShell.Commands;

/// <summary>New-VaultAccount: registers an account, opens a session in it and hands out its recovery key,
/// once.</summary>
/// <remarks>The password is kept nowhere, here or on the server. The recovery key is shown this once: whoever loses
/// both can open nothing. Where the connection is lost when the account may exist already, the key is written out all the same, with an error
/// that says what to do; a script that errors end finds the key in that error's <c>TargetObject</c>.</remarks>
/// <example>
/// <para>Makes an account.</para>
/// <code>
/// $password = Read-Host 'Password' -AsSecureString
/// New-VaultAccount -Server vault.example.org -Email new@example.org -Password $password
/// </code>
/// <para>Write the recovery key down and keep it away from this machine.</para>
/// </example>
/// <example>
/// <para>Makes an account and hands the recovery key to a variable, as a secure string.</para>
/// <code>
/// $account = New-VaultAccount vault.example.org -Credential (Get-Credential)
/// $account.Key
/// </code>
/// </example>
/// <seealso cref="ConnectVaultCommand"/>
[Cmdlet(VerbsCommon.New, "VaultAccount", DefaultParameterSetName = ByEmail, SupportsShouldProcess = true)]
[OutputType(typeof(VaultRecoveryKey))]
public sealed class NewVaultAccountCommand : LoginCmdlet
{
    /// <summary>The invitation that the server's operator gave you (<c>vaultinvite1…</c>), where the server wants one.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Invitation { get; set; }

    private protected override bool UsesRemembered => false;

    /// <inheritdoc />
    protected override void EndProcessing()
    {
        if (!ShouldProcess(Address.ToString(), $"Create an account for {Name}"))
        {
            return;
        }

        var account = Open(VaultAccount.CreateAsync, invitation: Invitation);
        using var recovery = account.RecoveryKey;
        if (account is { AwaitsConfirmation: false, Failure: null })
        {
            SessionTable.Current.Add(account.TakeSession());
        }

        HandOut(
            Address, UsedEmail, recovery, account.Failure,
            "Write down the recovery key and keep it away from this machine. It is shown this once. "
            + "Without your password and without it, nobody can open your files.");
        if (account.AwaitsConfirmation)
        {
            Caution(
                $"The account is not ready yet. Look in the mail of {UsedEmail}: it has a code, and the command that takes it, Confirm-VaultAccount.");
        }

        if (account.Failure is null)
        {
            Remember();
        }
    }
}

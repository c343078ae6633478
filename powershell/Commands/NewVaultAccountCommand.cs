using System.Management.Automation;
using Vault.Client;

namespace Vault.PowerShell.Commands;

/// <summary>New-VaultAccount: registers an account, opens a session in it and hands out its recovery key,
/// once.</summary>
[Cmdlet(VerbsCommon.New, "VaultAccount", DefaultParameterSetName = ByCredential, SupportsShouldProcess = true)]
[OutputType(typeof(VaultRecoveryKey))]
public sealed class NewVaultAccountCommand : LoginCmdlet
{
    /// <inheritdoc />
    protected override void EndProcessing()
    {
        if (!ShouldProcess(Address.ToString(), $"Create an account for {Name}"))
        {
            return;
        }

        var account = Open(VaultAccount.CreateAsync);
        using var recovery = account.RecoveryKey;
        var session = account.TakeSession();
        SessionTable.Current.Add(session);
        WriteWarning(
            "Write down the recovery key and keep it away from this machine. It is shown this once. "
            + "Without your password and without it, nobody can open your files.");
        var key = recovery.Reveal().MoveToSecureString();
        WriteObject(new VaultRecoveryKey(session.Server.ToString(), session.Email, key));
    }
}

using System.Management.Automation;
using Vault.Client;

namespace Vault.PowerShell.Commands;

/// <summary>Connect-Vault: opens a session and makes it the runspace's default.</summary>
[Cmdlet(VerbsCommunications.Connect, "Vault", DefaultParameterSetName = ByCredential)]
[OutputType(typeof(VaultSession))]
public sealed class ConnectVaultCommand : LoginCmdlet
{
    /// <summary>Return the session, for use with <c>-Session</c>.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc />
    protected override void EndProcessing()
    {
        var session = Open(VaultSession.ConnectAsync);
        SessionTable.Current.Add(session);
        if (PassThru)
        {
            WriteObject(session);
        }
    }
}

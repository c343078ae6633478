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

    /// <summary>The code of your authenticator, or a backup code, where the account has a second factor. Asked for when it is
    /// missing.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? OneTimeCode { get; set; }

    /// <inheritdoc />
    protected override void EndProcessing()
    {
        var session = Open(VaultSession.ConnectAsync, OneTimeCode);
        SessionTable.Current.Add(session);
        if (PassThru)
        {
            WriteObject(session);
        }
    }
}

using System.Management.Automation;
using Vault.Client;

namespace Vault.PowerShell.Commands;

/// <summary>Get-VaultSession: the sessions of this runspace.</summary>
[Cmdlet(VerbsCommon.Get, "VaultSession")]
[OutputType(typeof(VaultSession))]
public sealed class GetVaultSessionCommand : PSCmdlet
{
    /// <summary>Only the session that cmdlets use when they are given none.</summary>
    [Parameter]
    public SwitchParameter Default { get; set; }

    /// <inheritdoc />
    protected override void EndProcessing()
    {
        var table = SessionTable.Current;
        if (!Default)
        {
            WriteObject(table.All, enumerateCollection: true);
        }
        else if (table.Default is { } session)
        {
            WriteObject(session);
        }
    }
}

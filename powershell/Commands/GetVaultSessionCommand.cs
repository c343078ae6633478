using System.Management.Automation;
using Vault.Client;

namespace Vault.PowerShell.Commands;

/// <summary>Get-VaultSession: the sessions of this runspace.</summary>
/// <remarks>Each runspace has its own sessions. Where a cmdlet is given no session, it uses the one that was connected
/// last.</remarks>
/// <example>
/// <para>Lists the sessions of this runspace.</para>
/// <code>
/// Get-VaultSession
/// </code>
/// </example>
/// <example>
/// <para>Uses the default session by name, in another thread of the same process.</para>
/// <code>
/// $session = Get-VaultSession -Default
/// Get-VaultFile -Session $session
/// </code>
/// </example>
/// <seealso cref="ConnectVaultCommand"/>
/// <seealso cref="DisconnectVaultCommand"/>
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

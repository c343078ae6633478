using System.Management.Automation;
using Vault.Client;

namespace Vault.PowerShell.Commands;

/// <summary>Get-VaultSession: the sessions of this runspace, or all of the account.</summary>
/// <remarks>Each runspace has its own sessions. Where a cmdlet is given no session, it uses the one that was connected
/// last: its <c>IsDefault</c> is true, and the table marks it. With <c>-All</c> the server lists the account's running sessions on all machines, with device, network address, first and last
/// use; Disconnect-Vault ends those that are passed to it.</remarks>
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
/// <example>
/// <para>Ends the sessions of a laptop that was lost.</para>
/// <code>
/// Get-VaultSession -All | Where-Object Device -eq laptop | Disconnect-Vault
/// </code>
/// </example>
/// <seealso cref="ConnectVaultCommand"/>
/// <seealso cref="DisconnectVaultCommand"/>
[Cmdlet(VerbsCommon.Get, "VaultSession")]
[OutputType(typeof(VaultSession), typeof(AccountSession))]
public sealed class GetVaultSessionCommand : VaultCmdlet
{
    /// <summary>The sessions of the account on all machines, as the server has them.</summary>
    [Parameter]
    public SwitchParameter All { get; set; }

    /// <summary>Only the session that cmdlets use when they are given none.</summary>
    [Parameter]
    public SwitchParameter Default { get; set; }

    /// <inheritdoc />
    protected override void EndProcessing()
    {
        var table = SessionTable.Current;
        if (All)
        {
            var used = Need(null, () => SessionTable.Running(table.Default));
            WriteObject(Need(used.Email, () => Await(used.ListSessionsAsync)), enumerateCollection: true);
        }
        else if (!Default)
        {
            WriteObject(table.All, enumerateCollection: true);
        }
        else if (table.Default is { } session)
        {
            WriteObject(session);
        }
    }
}

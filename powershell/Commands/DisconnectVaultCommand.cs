using System.Management.Automation;
using Vault.Client;
using Vault.PowerShell.Completion;

namespace Vault.PowerShell.Commands;

/// <summary>Disconnect-Vault: ends sessions here and on the server.</summary>
/// <remarks>The server forgets the session's key. Other sessions of the account go on.</remarks>
/// <example>
/// <para>Ends the session that was connected last.</para>
/// <code>
/// Disconnect-Vault
/// </code>
/// </example>
/// <example>
/// <para>Ends every session of this runspace.</para>
/// <code>
/// Get-VaultSession | Disconnect-Vault
/// </code>
/// </example>
/// <seealso cref="ConnectVaultCommand"/>
/// <seealso cref="GetVaultSessionCommand"/>
[Cmdlet(VerbsCommunications.Disconnect, "Vault", SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class DisconnectVaultCommand : VaultCmdlet
{
    /// <summary>The sessions to end, or their names; the default one when none is given.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [SessionName]
    [ArgumentCompleter(typeof(VaultSessionCompleter))]
    [ValidateNotNullOrEmpty]
    public VaultSession[]? Session { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        foreach (var session in Session ?? Defaults())
        {
            if (!SessionTable.HasEnded(session) && ShouldProcess($"{session.Email} at {session.Server}", "End the session"))
            {
                TryItem(session, () => End(session));
            }
        }
    }

    private static VaultSession[] Defaults() => SessionTable.Current.Default is { } session ? [session] : [];

    private void End(VaultSession session)
    {
        // Forgotten here first: whatever the server answers, no later command uses it.
        SessionTable.Current.End(session);
        Await(async (_, stop) =>
        {
            await using (session)
            {
                await session.DisconnectAsync(stop);
            }
        });
    }
}

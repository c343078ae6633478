using System.Management.Automation;
using Vault.Client;
using Vault.PowerShell.Completion;

namespace Vault.PowerShell.Commands;

/// <summary>Disconnect-Vault: ends sessions here and on the server.</summary>
/// <remarks>The server forgets the session's key. Other sessions of the account go on, but for those that are passed in from
/// <c>Get-VaultSession -All</c>; <c>-All</c> ends every one, here and on all other machines.</remarks>
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
/// <example>
/// <para>Ends every session of the account, on all machines.</para>
/// <code>
/// Disconnect-Vault -All
/// </code>
/// </example>
/// <seealso cref="ConnectVaultCommand"/>
/// <seealso cref="GetVaultSessionCommand"/>
[Cmdlet(VerbsCommunications.Disconnect, "Vault", SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class DisconnectVaultCommand : VaultCmdlet
{
    /// <summary>The sessions to end, or their names, of this runspace or as <c>Get-VaultSession -All</c> lists them; the default one when
    /// none is given.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [SessionName]
    [ArgumentCompleter(typeof(VaultSessionCompleter))]
    [ValidateNotNullOrEmpty]
    public object[]? Session { get; set; }

    /// <summary>Every session of the account that the default session belongs to, on all machines.</summary>
    [Parameter]
    public SwitchParameter All { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        if (All && SessionTable.Current.Default is { } used && ShouldProcess(used.Email, "End all other sessions of the account"))
        {
            TryItem(used, () => Await((_, stop) => used.EndOtherSessionsAsync(stop)));
        }

        foreach (var session in Session ?? Defaults())
        {
            switch (session is PSObject wrapped ? wrapped.BaseObject : session)
            {
                case VaultSession own when !SessionTable.HasEnded(own):
                    if (ShouldProcess($"{own.Email} at {own.Server}", "End the session"))
                    {
                        TryItem(own, () => End(own));
                    }

                    break;
                case VaultSession:
                    break;
                case AccountSession other:
                    if (ShouldProcess($"{other.Device} at {other.Address}", "End the session"))
                    {
                        TryItem(other, () => End(other));
                    }

                    break;
                case var neither:
                    TryItem(neither, () => throw new ArgumentException("That is no session: pass what Get-VaultSession returns."));
                    break;
            }
        }
    }

    private void End(AccountSession other)
    {
        if (SessionTable.Current.Default is not { } used)
        {
            throw new VaultException(VaultErrorCode.NotAuthenticated, "There is no connection to a vault.", "Run Connect-Vault first.");
        }

        if (other.IsCurrent)
        {
            End(used);
        }
        else
        {
            Await((_, stop) => used.EndSessionAsync(other.Id, stop));
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

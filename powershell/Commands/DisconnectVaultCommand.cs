using System.Management.Automation;
using Vault.Client;
using Vault.PowerShell.Completion;

namespace Vault.PowerShell.Commands;

/// <summary>Disconnect-Vault: ends sessions here and on the server.</summary>
/// <remarks>The server forgets the session's key. Other sessions of the account go on, but for those that are passed in from
/// <c>Get-VaultSession -All</c>; <c>-All</c> ends every one, here and on all other machines. A session of this runspace is closed here
/// whatever the server answers, and one that the server has ended already is no error.</remarks>
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
    private VaultSession? _last;

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
        if (All)
        {
            EndOthers(Need(null, () => SessionTable.Running(SessionTable.Current.Default)));
        }

        foreach (var session in Session ?? Defaults())
        {
            switch (session is PSObject wrapped ? wrapped.BaseObject : session)
            {
                case VaultSession own when !SessionTable.HasEnded(own):
                    if (ShouldProcess($"{own.Email} at {own.Server}", "End the session"))
                    {
                        End(own);
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

    /// <inheritdoc />
    protected override void EndProcessing()
    {
        if (_last is not null)
        {
            End(_last);
        }
    }

    private static VaultSession[] Defaults() => SessionTable.Current.Default is { } session ? [session] : [];

    private void EndOthers(VaultSession used)
    {
        if (ShouldProcess(used.Email, "End all other sessions of the account"))
        {
            TrySession(used, stop => used.EndOtherSessionsAsync(stop));
        }
    }

    private void End(AccountSession other)
    {
        var used = SessionTable.Running(SessionTable.Current.Default);
        if (other.IsCurrent)
        {
            _last = used; // the others are ended through it
        }
        else
        {
            Await((_, stop) => used.EndSessionAsync(other.Id, stop));
        }
    }

    private void End(VaultSession session)
    {
        // Forgotten here first: whatever the server answers, no later command uses it.
        SessionTable.Current.End(session);
        TrySession(session, async stop =>
        {
            await using (session)
            {
                try
                {
                    await session.DisconnectAsync(stop);
                }
                catch (VaultException error) when (error.Code == VaultErrorCode.NotAuthenticated)
                {
                    // The server has ended it already.
                }
            }
        });
    }

    // What fails of one session says nothing of the next one, which may be at another server.
    private void TrySession(VaultSession session, Func<CancellationToken, Task> work) =>
        TryItem(session, () => Await((_, stop) => work(stop)), alone: true);
}

using System.Management.Automation;
using Vault.Client;
using Vault.PowerShell.Completion;

namespace Vault.PowerShell;

/// <summary>A cmdlet that works in a session: the one it is given, or the runspace's default.</summary>
public abstract class SessionCmdlet : VaultCmdlet
{
    /// <summary>The session to work in, or its name; the one connected last when it is not given.</summary>
    [Parameter]
    [SessionName]
    [ArgumentCompleter(typeof(VaultSessionCompleter))]
    [ValidateNotNull]
    public VaultSession? Session { get; set; }

    /// <summary>The session to use.</summary>
    private protected VaultSession UsedSession { get; private set; } = null!; // set before anything else runs

    /// <summary>Ends the cmdlet with <c>not_authenticated</c> where there is no session, before it reads the
    /// pipeline.</summary>
    protected override void BeginProcessing()
    {
        if ((Session ?? SessionTable.Current.Default) is { } session && !SessionTable.HasEnded(session))
        {
            UsedSession = session;
            return;
        }

        ThrowTerminatingError(VaultErrors.Record(
            VaultErrors.IdOf(VaultErrorCode.NotAuthenticated),
            Session is null ? "There is no connection to a vault." : "This session was disconnected.",
            "Run Connect-Vault first, or pass -Session.",
            ErrorCategory.AuthenticationError,
            target: null));
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        // What Tab offers next must know of what this command has changed.
        if (disposing && UsedSession is not null && MyInvocation.MyCommand is CmdletInfo { Verb: not VerbsCommon.Get })
        {
            SessionLists.Outdate(UsedSession);
        }

        base.Dispose(disposing);
    }
}

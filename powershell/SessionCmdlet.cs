using System.Management.Automation;
using Vault.Client;
using Vault.PowerShell.Completion;
using Vault.PowerShell.Provider;

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
    protected override void BeginProcessing() =>
        UsedSession = Need(null, () => SessionTable.Running(Session ?? DriveSession() ?? SessionTable.Current.Default));

    /// <summary>Arguments that may be paths on a drive, whose session is then the one that is meant.</summary>
    private protected virtual IEnumerable<string> Places => [];

    /// <summary>The name in the vault that was typed, which may be a path on a drive.</summary>
    /// <exception cref="ArgumentException">It is a path on a drive of another session.</exception>
    private protected string VaultName(string typed) =>
        !DrivePath.TryRead(SessionState, typed, out var name, out var session) || session == UsedSession
            ? name
            : throw new ArgumentException($"'{typed}' is on a drive of another session: pass that session with -Session.");

    private VaultSession? DriveSession()
    {
        foreach (var place in Places)
        {
            if (DrivePath.TryRead(SessionState, place, out _, out var session))
            {
                return session;
            }
        }

        return null;
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

using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;
using Vault.Client;

namespace Vault.PowerShell;

/// <summary>The sessions of one runspace and which of them the cmdlets use unless told otherwise.</summary>
/// <remarks>Each runspace has its own, so that parallel scripts do not change each other's default.</remarks>
internal sealed class SessionTable
{
    private static readonly ConditionalWeakTable<Runspace, SessionTable> Tables = [];

    // Whoever still holds one of these in a variable learns that it is over.
    private static readonly ConditionalWeakTable<VaultSession, object> Ended = [];

    private readonly Lock _gate = new();
    private readonly List<VaultSession> _sessions = [];

    /// <summary>The table of the runspace that runs on this thread.</summary>
    public static SessionTable Current => Tables.GetOrCreateValue(Runspace.DefaultRunspace);

    /// <summary>The session connected last that is still connected; null for none.</summary>
    public VaultSession? Default
    {
        get
        {
            lock (_gate)
            {
                return _sessions.LastOrDefault();
            }
        }
    }

    /// <summary>All sessions, in the order in which they were connected.</summary>
    public IReadOnlyList<VaultSession> All
    {
        get
        {
            lock (_gate)
            {
                return [.. _sessions];
            }
        }
    }

    /// <summary>The shortest names that sessions can be told by: the e-mail address, with the server where one address is signed in at
    /// several.</summary>
    public IReadOnlyList<string> Names
    {
        get
        {
            var accounts = NewestOfEach(All);
            return [.. accounts.Select(
                session => accounts.Count(other => other.Email == session.Email) == 1 ? session.Email : FullName(session))];
        }
    }

    /// <summary>The sessions with a name: <c>e-mail</c>, or <c>e-mail@host:port</c>. Of several in one account the newest, as without a
    /// name.</summary>
    public IReadOnlyList<VaultSession> Find(string name) => NewestOfEach(All.Where(session =>
        string.Equals(session.Email, name, StringComparison.OrdinalIgnoreCase)
        || string.Equals(FullName(session), name, StringComparison.OrdinalIgnoreCase)));

    /// <summary>Adds a session and makes it the default.</summary>
    public void Add(VaultSession session)
    {
        lock (_gate)
        {
            _sessions.Add(session);
        }
    }

    /// <summary>The session, if there is one and it goes on.</summary>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.NotAuthenticated"/>.</exception>
    public static VaultSession Running(VaultSession? session) => session is not null && !HasEnded(session)
        ? session
        : throw new VaultException(
            VaultErrorCode.NotAuthenticated,
            session is null ? "There is no connection to a vault." : "This session was disconnected.",
            "Run Connect-Vault first, or pass -Session.");

    /// <summary>Whether a session was disconnected, by any runspace.</summary>
    public static bool HasEnded(VaultSession session) => Ended.TryGetValue(session, out _);

    /// <summary>Forgets a session that ends; the one connected before it becomes the default.</summary>
    public void End(VaultSession session)
    {
        Ended.AddOrUpdate(session, this);
        lock (_gate)
        {
            _sessions.Remove(session);
        }
    }

    /// <summary>Forgets all sessions, which end, and returns them.</summary>
    public IReadOnlyList<VaultSession> Clear()
    {
        lock (_gate)
        {
            VaultSession[] all = [.. _sessions];
            Array.ForEach(all, session => Ended.AddOrUpdate(session, this));
            _sessions.Clear();
            return all;
        }
    }

    /// <summary>An account and where it is: <c>e-mail@host:port</c>.</summary>
    public static string FullName(VaultSession session) => $"{session.Email}@{session.Server}";

    private static List<VaultSession> NewestOfEach(IEnumerable<VaultSession> sessions) =>
        [.. sessions.Where(session => !HasEnded(session)).GroupBy(FullName).Select(account => account.Last())];
}

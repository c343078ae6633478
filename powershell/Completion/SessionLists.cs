using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Vault.Client;
using Vault.PowerShell.Provider;
using Vault.Protocol;

namespace Vault.PowerShell.Completion;

/// <summary>What is kept of a session for seconds: what the Tab key offers, and the tree for drives.</summary>
internal sealed class SessionLists
{
    private static readonly ConditionalWeakTable<VaultSession, SessionLists> Lists = [];

    private readonly VaultSession _session;
    private readonly ConcurrentDictionary<FileScope, CompletionCache<string>> _files = new();
    private (string Name, CompletionCache<VaultFile> List)? _versions;

    private SessionLists(VaultSession session)
    {
        _session = session;
        Tree = new FolderIndex(session, TimeProvider.System);
        Contacts = new CompletionCache<string>(ContactsAsync, TimeProvider.System);
        AccessKeys = new CompletionCache<AccessKeyEntry>(session.ListAccessKeysAsync, TimeProvider.System);
    }

    /// <summary>The account's own files as drives show them.</summary>
    public FolderIndex Tree { get; }

    /// <summary>Addresses of people.</summary>
    public CompletionCache<string> Contacts { get; }

    /// <summary>The keys that sign in without a password.</summary>
    public CompletionCache<AccessKeyEntry> AccessKeys { get; }

    /// <summary>The lists of a session; made when they are first asked for.</summary>
    public static SessionLists Of(VaultSession session) => Lists.GetValue(session, static key => new SessionLists(key));

    /// <summary>A command may have changed what there is.</summary>
    public static void Outdate(VaultSession session)
    {
        if (Lists.TryGetValue(session, out var lists))
        {
            lists.Tree.Outdate();
            lists.Contacts.Outdate();
            lists.AccessKeys.Outdate();
            lists._versions?.List.Outdate();
            foreach (var files in lists._files.Values)
            {
                files.Outdate();
            }
        }
    }

    /// <summary>Names of files; one list for each scope, so that no press waits for two.</summary>
    public CompletionCache<string> Files(FileScope scope) => _files.GetOrAdd(
        scope, key => new CompletionCache<string>(stop => FilesAsync(key, stop), TimeProvider.System));

    /// <summary>The versions of a file of one's own. Only those of the file asked about last are kept.</summary>
    public CompletionCache<VaultFile> Versions(string name)
    {
        if (_versions is not { } kept || kept.Name != name)
        {
            kept = (name, new CompletionCache<VaultFile>(stop => VersionsAsync(name, stop), TimeProvider.System));
            _versions = kept;
        }

        return kept.List;
    }

    private async Task<IReadOnlyList<string>> FilesAsync(FileScope scope, CancellationToken stop)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        var query = new FileQuery(_session, scope, file => names.Add(file.Name), _ => { });
        await query.AllAsync(stop);
        return [.. names];
    }

    private async Task<IReadOnlyList<VaultFile>> VersionsAsync(string name, CancellationToken stop) =>
        await _session.FindAsync(name, stop) is { } file ? await _session.ListVersionsAsync(file.Id, stop) : [];

    private async Task<IReadOnlyList<string>> ContactsAsync(CancellationToken stop) =>
        [.. (await _session.ListContactsAsync(stop)).Select(contact => contact.Email).Order(StringComparer.Ordinal)];
}

using System.Runtime.CompilerServices;
using Vault.Client;
using Vault.PowerShell.Provider;

namespace Vault.PowerShell.Completion;

/// <summary>What is kept of a session for seconds: the names of its files and its contacts for the Tab key, and the tree for drives.</summary>
internal sealed class SessionLists
{
    private static readonly ConditionalWeakTable<VaultSession, SessionLists> Lists = [];

    private SessionLists(VaultSession session)
    {
        Files = new CompletionCache<string>(stop => FilesAsync(session, stop), TimeProvider.System);
        Tree = new FolderIndex(session, TimeProvider.System);
        Contacts = new CompletionCache<string>(stop => ContactsAsync(session, stop), TimeProvider.System);
    }

    /// <summary>Names of own and received files.</summary>
    public CompletionCache<string> Files { get; }

    /// <summary>The account's own files as drives show them.</summary>
    public FolderIndex Tree { get; }

    /// <summary>Addresses of people.</summary>
    public CompletionCache<string> Contacts { get; }

    /// <summary>The lists of a session; made when they are first asked for.</summary>
    public static SessionLists Of(VaultSession session) => Lists.GetValue(session, static key => new SessionLists(key));

    /// <summary>A command may have changed what there is.</summary>
    public static void Outdate(VaultSession session)
    {
        if (Lists.TryGetValue(session, out var lists))
        {
            lists.Files.Outdate();
            lists.Tree.Outdate();
            lists.Contacts.Outdate();
        }
    }

    private static async Task<IReadOnlyList<string>> FilesAsync(VaultSession session, CancellationToken stop)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        await foreach (var file in session.ListAsync(stop))
        {
            names.Add(file.Name);
        }

        await foreach (var received in session.ListReceivedAsync(stop))
        {
            if (received.File is { } file)
            {
                names.Add(file.Name);
            }
        }

        return [.. names];
    }

    private static async Task<IReadOnlyList<string>> ContactsAsync(VaultSession session, CancellationToken stop) =>
        [.. (await session.ListContactsAsync(stop)).Select(contact => contact.Email).Order(StringComparer.Ordinal)];
}

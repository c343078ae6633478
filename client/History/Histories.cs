using System.Runtime.CompilerServices;
using Vault.Client.Files;
using Vault.Protocol;

namespace Vault.Client.History;

/// <summary>What happened to the account and to its files, read only from histories that verify.</summary>
internal sealed class Histories(SignedIn me, string email)
{
    // What takes a file out of the list, and what brings it back.
    private const string Erased = "user.file-removed.v1", Trashed = "user.file-trashed.v1", Restored = "user.file-restored.v1";

    internal async IAsyncEnumerable<VaultHistoryEntry> ReadAsync(VaultFile? file, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var words = new EventWords(email, await NamesAsync(cancellationToken).ConfigureAwait(false));
        await foreach (var line in LinesAsync(file?.Id, cancellationToken).ConfigureAwait(false))
        {
            foreach (var entry in words.Tell(line, file?.Name))
            {
                yield return entry;
            }
        }
    }

    internal async Task<IReadOnlyList<VaultFileReader>> ReadersAsync(VaultFile file, DateTimeOffset asOf, CancellationToken cancellationToken)
    {
        var readers = new FileReaders(asOf);
        await foreach (var line in LinesAsync(file.Id, cancellationToken).ConfigureAwait(false))
        {
            readers.Add(line);
        }

        return readers.List(me.Account, email, file.Name, await NamesAsync(cancellationToken).ConfigureAwait(false));
    }

    internal Task<VaultHistoryCheck> CheckAsync(VaultFile? file, CancellationToken cancellationToken) =>
        new HistoryReader(me).CheckAsync(Stream(file?.Id), Route(file?.Id), file?.Name ?? email, file?.Id, cancellationToken);

    /// <summary>Checks the account, every file of its list, and that every file seen before is there or was removed.</summary>
    internal async IAsyncEnumerable<VaultHistoryCheck> CheckAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var unseen = me.Heads.Read().Keys.ToHashSet(StringComparer.Ordinal);
        unseen.Remove(SeenHeads.OfAccount);
        var account = await CheckAsync(null, cancellationToken).ConfigureAwait(false);
        yield return account;
        await foreach (var file in OwnFiles.ListAsync(me, cancellationToken).ConfigureAwait(false))
        {
            unseen.Remove(file.Id.ToString());
            yield return await CheckAsync(file, cancellationToken).ConfigureAwait(false);
        }

        if (unseen.Count == 0 || !account.Verified)
        {
            yield break;
        }

        var removed = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var line in LinesAsync(null, cancellationToken).ConfigureAwait(false))
        {
            if (line.Type is Erased or Trashed)
            {
                removed.UnionWith(unseen.Where(id => Names(line, id)));
            }
            else if (line.Type is Restored)
            {
                removed.RemoveWhere(id => Names(line, id));
            }
        }

        foreach (var id in unseen.Except(removed))
        {
            yield return new VaultHistoryCheck(id, FileId.TryParse(id, out var file) ? file : null, 0, "", 0)
            {
                Problem = $"The file {id} was stored and never removed, and the server's list has it no more.",
            };
        }
    }

    private static bool Names(HistoryLine line, string id) => line.Data.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(id)) >= 0;

    private static string Stream(FileId? file) => file?.ToString() ?? SeenHeads.OfAccount;

    private static string Route(FileId? file) => file is { } id ? Routes.FileHistory(id) : Routes.History;

    private IAsyncEnumerable<HistoryLine> LinesAsync(FileId? file, CancellationToken cancellationToken) =>
        new HistoryReader(me).ReadAsync(Stream(file), Route(file), cancellationToken);

    private async Task<Func<AccountId, string>> NamesAsync(CancellationToken cancellationToken)
    {
        var pins = (await me.Contacts.ReadAsync(cancellationToken).ConfigureAwait(false)).ToDictionary(pin => pin.Account, pin => pin.Email);
        pins[me.Account] = email;
        return account => pins.TryGetValue(account, out var known) ? known : account.ToString();
    }
}

using System.Runtime.CompilerServices;
using Vault.Client.Files;
using Vault.Protocol;

namespace Vault.Client.History;

/// <summary>What happened to the account and to its files, read only from histories that verify.</summary>
internal sealed class Histories(SignedIn me, string email)
{
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

    internal Task<VaultHistoryCheck> CheckAsync(VaultFile? file, CancellationToken cancellationToken) => CheckAsync(file, null, cancellationToken);

    /// <summary>Checks the account, every file of its list and of its trash, and that these have every file, at its newest version, which the
    /// account's history or this machine knows of.</summary>
    internal async IAsyncEnumerable<VaultHistoryCheck> CheckAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var before = new OwnedFiles();
        var seen = me.Heads.Files;
        var account = await CheckAsync(null, before.Add, cancellationToken).ConfigureAwait(false);
        yield return account;
        var listed = before.Listed.Union(seen.Where(file => !before.IsGone(file))).ToHashSet();
        var trashed = before.Trashed.ToHashSet();
        await foreach (var check in CheckListAsync(OwnFiles.ListAsync(me, cancellationToken), listed, before, cancellationToken).ConfigureAwait(false))
        {
            yield return check;
        }

        await foreach (var check in CheckListAsync(OwnFiles.ListTrashAsync(me, cancellationToken), trashed, before, cancellationToken).ConfigureAwait(false))
        {
            yield return check;
        }

        if (listed.Count + trashed.Count == 0 || !account.Verified)
        {
            yield break;
        }

        // What went elsewhere while the lists were read is not lost.
        var after = new OwnedFiles();
        await foreach (var line in LinesAsync(null, cancellationToken).ConfigureAwait(false))
        {
            after.Add(line);
        }

        foreach (var file in listed.Where(file => !after.IsGone(file)))
        {
            yield return Lost(file, $"The file {file} was stored and never removed, and the server's list has it no more.");
        }

        foreach (var file in trashed.Intersect(after.Trashed))
        {
            yield return Lost(file, $"The file {file} was put into the trash and never removed, and the trash has it no more.");
        }
    }

    /// <param name="wanted">Those that the list must have; what it has is taken away.</param>
    private async IAsyncEnumerable<VaultHistoryCheck> CheckListAsync(
        IAsyncEnumerable<VaultFile> list, HashSet<FileId> wanted, OwnedFiles owned, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var file in list.ConfigureAwait(false))
        {
            wanted.Remove(file.Id);
            var check = await CheckAsync(file, cancellationToken).ConfigureAwait(false);
            yield return check.Verified && file.Version < owned.NewestOf(file.Id)
                ? check with { Problem = $"The server's list has version {file.Version} for the newest, where {owned.NewestOf(file.Id)} was stored." }
                : check;
        }
    }

    private static VaultHistoryCheck Lost(FileId file, string problem) => new(file.ToString(), file, 0, "", 0) { Problem = problem };

    private Task<VaultHistoryCheck> CheckAsync(VaultFile? file, Action<HistoryLine>? see, CancellationToken cancellationToken) =>
        new HistoryReader(me).CheckAsync(Stream(file?.Id), Route(file?.Id), file?.Name ?? email, file?.Id, see, cancellationToken);

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

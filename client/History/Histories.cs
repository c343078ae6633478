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

    /// <summary>Checks the account, every file of its list, and that the list has every file, at its newest version, which the account's
    /// history or this machine knows of.</summary>
    internal async IAsyncEnumerable<VaultHistoryCheck> CheckAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var wanted = me.Heads.Files.ToHashSet();
        var before = new OwnedFiles();
        var account = await CheckAsync(null, before.Add, cancellationToken).ConfigureAwait(false);
        yield return account;
        wanted.UnionWith(before.Listed);
        wanted.RemoveWhere(before.IsGone);
        await foreach (var file in OwnFiles.ListAsync(me, cancellationToken).ConfigureAwait(false))
        {
            wanted.Remove(file.Id);
            var check = await CheckAsync(file, cancellationToken).ConfigureAwait(false);
            yield return check.Verified && file.Version < before.NewestOf(file.Id)
                ? check with { Problem = $"The server's list has version {file.Version} for the newest, where {before.NewestOf(file.Id)} was stored." }
                : check;
        }

        if (wanted.Count == 0 || !account.Verified)
        {
            yield break;
        }

        // What was removed while the list was read is not lost.
        var after = new OwnedFiles();
        await foreach (var line in LinesAsync(null, cancellationToken).ConfigureAwait(false))
        {
            after.Add(line);
        }

        foreach (var file in wanted.Where(file => !after.IsGone(file)))
        {
            yield return new VaultHistoryCheck(file.ToString(), file, 0, "", 0)
            {
                Problem = $"The file {file} was stored and never removed, and the server's list has it no more.",
            };
        }
    }

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

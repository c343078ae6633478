using System.Management.Automation;
using System.Text;
using Vault.Client;
using Vault.Protocol;

namespace Vault.PowerShell;

/// <summary>Whose files a command is about.</summary>
[Flags]
internal enum FileScope
{
    /// <summary>Files of one's own.</summary>
    Own = 1,

    /// <summary>Files that others gave.</summary>
    Received = 2,

    /// <summary>Both.</summary>
    All = Own | Received,

    /// <summary>Files of one's own that are in the trash.</summary>
    Trash = 4,
}

/// <summary>Which files a command is about, as its <c>-Name</c>, <c>-LiteralName</c> and <c>-Id</c> say.</summary>
/// <remarks>Names in the vault are case-sensitive; a <c>*</c> matches across folders. The server cannot read names, so
/// a wildcard is matched here against the whole list. An exact name means one's own file first.</remarks>
/// <param name="found">Called for each file.</param>
/// <param name="failed">Called for each received file that cannot be shown.</param>
internal sealed class FileQuery(
    VaultSession session, FileScope scope, Action<VaultFile> found, Action<ReceivedFile> failed)
{
    /// <summary>Files whose names match a pattern; a pattern without wildcards must name a file.</summary>
    public Task ByNameAsync(string name, CancellationToken stop) =>
        WildcardPattern.ContainsWildcardCharacters(name)
            ? MatchAsync(new WildcardPattern(name, WildcardOptions.CultureInvariant), stop)
            : ByLiteralNameAsync(WildcardPattern.Unescape(name), stop);

    /// <summary>The file with exactly this name; several where more than one person gave one of this name.</summary>
    /// <exception cref="VaultException">There is none.</exception>
    public async Task ByLiteralNameAsync(string name, CancellationToken stop)
    {
        if (name.EndsWith('/'))
        {
            throw new VaultException(
                VaultErrorCode.NotFound, $"'{name}' names a folder, and folders are parts of files' names.",
                $"Name its files: '{name}*' matches all that are below it.");
        }

        if (scope.HasFlag(FileScope.Own) && await session.FindAsync(name, stop) is { } own)
        {
            found(own);
            return;
        }

        var wanted = name.Normalize(NormalizationForm.FormC);
        if (await TrashAsync(file => file.Name == wanted, stop) + await ReceivedAsync(file => file.Name == wanted, stop) == 0)
        {
            throw Missing($"There is no file '{name}' in the {Place}.");
        }
    }

    /// <summary>The file with this id.</summary>
    /// <exception cref="VaultException">There is none, or it is not the caller's.</exception>
    public async Task ByIdAsync(string id, CancellationToken stop)
    {
        if (!FileId.TryParse(id, out var wanted))
        {
            throw new ArgumentException($"'{id}' is no file id: an id is 32 hexadecimal digits in lower case.");
        }

        if (await OwnAsync(file => file.Id == wanted, stop) + await TrashAsync(file => file.Id == wanted, stop)
            + await ReceivedAsync(file => file.Id == wanted, stop) == 0)
        {
            throw Missing($"There is no file with the id {id} in the {Place}.");
        }
    }

    /// <summary>Every file.</summary>
    public Task AllAsync(CancellationToken stop) => MatchAsync(WildcardPattern.Get("*", WildcardOptions.None), stop);

    private string Place => scope == FileScope.Trash ? "trash" : "vault";

    private VaultException Missing(string message) => new(
        VaultErrorCode.NotFound, message,
        scope == FileScope.Trash ? "Get-VaultFile -Trash lists what is in it." : "Get-VaultFile without parameters lists what there is.");

    private async Task MatchAsync(WildcardPattern pattern, CancellationToken stop)
    {
        await OwnAsync(file => pattern.IsMatch(file.Name), stop);
        await TrashAsync(file => pattern.IsMatch(file.Name), stop);
        await ReceivedAsync(file => pattern.IsMatch(file.Name), stop);
    }

    private Task<int> OwnAsync(Func<VaultFile, bool> matches, CancellationToken stop) =>
        scope.HasFlag(FileScope.Own) ? CountAsync(session.ListAsync(stop), matches) : Task.FromResult(0);

    private Task<int> TrashAsync(Func<VaultFile, bool> matches, CancellationToken stop) =>
        scope.HasFlag(FileScope.Trash) ? CountAsync(session.ListTrashAsync(stop), matches) : Task.FromResult(0);

    private async Task<int> CountAsync(IAsyncEnumerable<VaultFile> files, Func<VaultFile, bool> matches)
    {
        var count = 0;
        await foreach (var file in files)
        {
            if (matches(file))
            {
                count++;
                found(file);
            }
        }

        return count;
    }

    private async Task<int> ReceivedAsync(Func<VaultFile, bool> matches, CancellationToken stop)
    {
        var count = 0;
        if (scope.HasFlag(FileScope.Received))
        {
            await foreach (var received in session.ListReceivedAsync(stop))
            {
                if (received.File is not { } file)
                {
                    failed(received);
                }
                else if (matches(file))
                {
                    count++;
                    found(file);
                }
            }
        }

        return count;
    }
}

using System.Management.Automation;
using Vault.Client;
using Vault.Protocol;

namespace Vault.PowerShell;

/// <summary>Which of an account's files a command is about, as its <c>-Name</c>, <c>-LiteralName</c> and <c>-Id</c>
/// say.</summary>
/// <remarks>Names in the vault are case-sensitive; a <c>*</c> matches across folders. The server cannot read names, so
/// a wildcard is matched here against the whole list.</remarks>
internal sealed class FileQuery(VaultSession session)
{
    /// <summary>Files whose names match a pattern; a pattern without wildcards must name a file.</summary>
    public Task ByNameAsync(string name, Action<VaultFile> found, CancellationToken stop) =>
        WildcardPattern.ContainsWildcardCharacters(name)
            ? MatchAsync(new WildcardPattern(name, WildcardOptions.CultureInvariant), found, stop)
            : ByLiteralNameAsync(WildcardPattern.Unescape(name), found, stop);

    /// <summary>The file with exactly this name.</summary>
    /// <exception cref="VaultException">There is none.</exception>
    public async Task ByLiteralNameAsync(string name, Action<VaultFile> found, CancellationToken stop) =>
        found(await session.FindAsync(name, stop) ?? throw Missing($"There is no file '{name}' in the vault."));

    /// <summary>The file with this id.</summary>
    /// <exception cref="VaultException">There is none, or it is not the caller's.</exception>
    public async Task ByIdAsync(string id, Action<VaultFile> found, CancellationToken stop)
    {
        if (!FileId.TryParse(id, out var wanted))
        {
            throw new ArgumentException($"'{id}' is no file id: an id is 32 hexadecimal digits in lower case.");
        }

        await foreach (var file in session.ListAsync(stop))
        {
            if (file.Id == wanted)
            {
                found(file);
                return;
            }
        }

        throw Missing($"There is no file with the id {id} in the vault.");
    }

    /// <summary>Every file.</summary>
    public Task AllAsync(Action<VaultFile> found, CancellationToken stop) =>
        MatchAsync(WildcardPattern.Get("*", WildcardOptions.None), found, stop);

    private static VaultException Missing(string message) =>
        new(VaultErrorCode.NotFound, message, "Get-VaultFile without parameters lists what there is.");

    private async Task MatchAsync(WildcardPattern pattern, Action<VaultFile> found, CancellationToken stop)
    {
        await foreach (var file in session.ListAsync(stop))
        {
            if (pattern.IsMatch(file.Name))
            {
                found(file);
            }
        }
    }
}

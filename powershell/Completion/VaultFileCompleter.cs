using System.Management.Automation;

namespace Vault.PowerShell.Completion;

/// <summary>Completes names in the vault one folder at a time, as paths are completed elsewhere.</summary>
public class VaultFileCompleter : VaultCompleter
{
    /// <summary>Whether files are offered, or folders alone.</summary>
    private protected virtual bool OffersFiles => true;

    private protected override IEnumerable<CompletionResult> Complete(CompletionRequest request)
    {
        if (request.Session is not { } session)
        {
            return [];
        }

        var isPattern = request.Parameter == "Name";
        var typed = isPattern ? WildcardPattern.Unescape(request.Typed) : request.Typed;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        return SessionLists.Of(session).Files.Get()
            .Where(name => name.StartsWith(typed, StringComparison.OrdinalIgnoreCase))
            .Select(name => UpToNextFolder(name, typed.Length))
            .Where(name => seen.Add(name) && (OffersFiles || name.EndsWith('/')))
            .Select(name => new CompletionResult(
                Quote(isPattern ? WildcardPattern.Escape(name) : name),
                name.TrimEnd('/').Split('/')[^1],
                name.EndsWith('/') ? CompletionResultType.ProviderContainer : CompletionResultType.ProviderItem,
                name));
    }

    private static string UpToNextFolder(string name, int from) =>
        name.IndexOf('/', from) is >= 0 and var slash ? name[..(slash + 1)] : name;
}

/// <summary>Completes folders in the vault.</summary>
public sealed class VaultFolderCompleter : VaultFileCompleter
{
    private protected override bool OffersFiles => false;
}

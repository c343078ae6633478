using System.Management.Automation;

namespace Vault.PowerShell.Completion;

/// <summary>Completes names in the vault one folder at a time, as paths are completed elsewhere: those that the command can act
/// upon.</summary>
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

        var isPattern = IsPattern(request);
        var above = Above(request);
        var typed = above + (isPattern ? WildcardPattern.Unescape(request.Typed) : request.Typed);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        return SessionLists.Of(session).Files(Scope(request)).Get()
            .Where(name => name.StartsWith(typed, StringComparison.OrdinalIgnoreCase))
            .Select(name => UpToNextFolder(name, typed.Length))
            .Where(name => seen.Add(name) && (OffersFiles || name.EndsWith('/')))
            .Select(name => new CompletionResult(
                Quote(isPattern ? WildcardPattern.Escape(name) : name[above.Length..]),
                name.TrimEnd('/').Split('/')[^1],
                name.EndsWith('/') ? CompletionResultType.ProviderContainer : CompletionResultType.ProviderItem,
                name));
    }

    /// <summary>Whose files are offered.</summary>
    private protected virtual FileScope Scope(CompletionRequest request) =>
        request.IsOn("Trash") ? FileScope.Trash : request.IsOn("Shared") ? FileScope.Received : request.CommandScope;

    /// <summary>Whether wildcards in the value have a meaning.</summary>
    private protected virtual bool IsPattern(CompletionRequest request) => request.Parameter == "Name";

    /// <summary>The folder that the value is below; empty for the root.</summary>
    private protected virtual string Above(CompletionRequest request) => "";

    private static string UpToNextFolder(string name, int from) =>
        name.IndexOf('/', from) is >= 0 and var slash ? name[..(slash + 1)] : name;
}

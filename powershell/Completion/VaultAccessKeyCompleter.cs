using System.Management.Automation;

namespace Vault.PowerShell.Completion;

/// <summary>Completes access keys, by their names or by their ids.</summary>
public sealed class VaultAccessKeyCompleter : VaultCompleter
{
    private protected override IEnumerable<CompletionResult> Complete(CompletionRequest request)
    {
        if (request.Session is not { } session)
        {
            return [];
        }

        var keys = SessionLists.Of(session).AccessKeys.Get();
        return request.Parameter == "Name"
            ? keys.Select(key => key.Name).Distinct(StringComparer.Ordinal)
                .Where(name => name.StartsWith(WildcardPattern.Unescape(request.Typed), StringComparison.OrdinalIgnoreCase))
                .Select(name => Value(WildcardPattern.Escape(name), name))
            : keys.Where(key => request.IsBeginOf(key.Key.ToString()))
                .Select(key => Value(key.Key.ToString(), $"{key.Name} ({key.Scope}, until {key.ExpiresAt.LocalDateTime:d})"));
    }
}

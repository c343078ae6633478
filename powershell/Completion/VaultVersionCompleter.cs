using System.Globalization;
using System.Management.Automation;
using Vault.Client;

namespace Vault.PowerShell.Completion;

/// <summary>Completes the versions that are kept of the file that the command names, the newest first.</summary>
public sealed class VaultVersionCompleter : VaultCompleter
{
    private protected override IEnumerable<CompletionResult> Complete(CompletionRequest request) =>
        request.Session is { } session && NameIn(request) is { } name
            ? SessionLists.Of(session).Versions(name).Get().Reverse()
                .Select(file => (Number: file.Version.ToString(CultureInfo.InvariantCulture), File: file))
                .Where(version => request.IsBeginOf(version.Number))
                .Select(version => Value(version.Number, Tip(version.File)))
            : [];

    private static string Tip(VaultFile file) =>
        $"stored {file.StoredAt.LocalDateTime:g}, {ReadableSize.Text(file.Length)}";

    // Several files have no versions in common, and a pattern may stand for several.
    private static string? NameIn(CompletionRequest request) =>
        Only(request.Bound("LiteralName"))
        ?? (Only(request.Bound("Name")) is { } pattern && !WildcardPattern.ContainsWildcardCharacters(pattern) ? WildcardPattern.Unescape(pattern) : null);

    private static string? Only(object? given) => given switch
    {
        string name => name,
        object[] and [string name] => name,
        _ => null,
    };
}

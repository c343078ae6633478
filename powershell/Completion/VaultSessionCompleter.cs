using System.Management.Automation;

namespace Vault.PowerShell.Completion;

/// <summary>Completes the sessions of the runspace, by their names.</summary>
public sealed class VaultSessionCompleter : VaultCompleter
{
    private protected override IEnumerable<CompletionResult> Complete(CompletionRequest request) =>
        SessionTable.Current.Names.Where(request.IsBeginOf).Select(name => Value(name));
}

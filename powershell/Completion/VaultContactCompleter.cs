using System.Management.Automation;

namespace Vault.PowerShell.Completion;

/// <summary>Completes the addresses of people whose keys the account remembers.</summary>
public sealed class VaultContactCompleter : VaultCompleter
{
    private protected override IEnumerable<CompletionResult> Complete(CompletionRequest request) =>
        request.Session is { } session
            ? SessionLists.Of(session).Contacts.Get().Where(request.IsBeginOf).Select(email => Value(email))
            : [];
}

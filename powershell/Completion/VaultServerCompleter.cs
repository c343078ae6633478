using System.Management.Automation;
using Vault.Client;

namespace Vault.PowerShell.Completion;

/// <summary>Completes servers that this machine has met, and the account last used at the one that is named.</summary>
public sealed class VaultServerCompleter : VaultCompleter
{
    private protected override IEnumerable<CompletionResult> Complete(CompletionRequest request)
    {
        var folder = new ConnectOptions().StateFolder;
        if (request.Parameter != "Email")
        {
            return new KnownServers(folder).All.Where(request.IsBeginOf).Select(server => Value(server));
        }

        var accounts = new RememberedAccounts(folder);
        var typed = request.Bound("Server") is object[] places ? string.Join(',', places) : request.Bound("Server") as string;
        var server = ServerAddress.TryParse(typed, out var address) ? address : null;
        return accounts.All.Where(account => server is null || account.Server == server.ToString())
            .Select(account => account.Email).Distinct().Where(request.IsBeginOf).Select(email => Value(email));
    }
}

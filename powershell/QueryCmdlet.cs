using Vault.Client;

namespace Vault.PowerShell;

/// <summary>A cmdlet about files of the vault, named by pattern, by exact name or by id.</summary>
public abstract class QueryCmdlet : SessionCmdlet
{
    private protected const string
        ByName = "Name", ByLiteralName = "LiteralName", ById = "Id", ByObject = "InputObject";

    /// <summary>Calls <paramref name="found"/> on the pipeline's thread for each file; reports each question without
    /// an answer.</summary>
    private protected void Query(string[]? names, string[]? literalNames, string[]? ids, Action<VaultFile> found)
    {
        var query = new FileQuery(UsedSession);
        Ask(names, query.ByNameAsync, found);
        Ask(literalNames, query.ByLiteralNameAsync, found);
        Ask(ids, query.ByIdAsync, found);
    }

    /// <summary>Calls <paramref name="found"/> on the pipeline's thread for each file there is.</summary>
    private protected void QueryAll(Action<VaultFile> found) =>
        Ask(["*"], (_, post, stop) => new FileQuery(UsedSession).AllAsync(post, stop), found);

    private void Ask(
        string[]? questions, Func<string, Action<VaultFile>, CancellationToken, Task> answer, Action<VaultFile> found)
    {
        foreach (var question in questions ?? [])
        {
            TryItem(
                question,
                () => Await((pump, stop) => answer(question, file => pump.Post(() => found(file)), stop)));
        }
    }
}

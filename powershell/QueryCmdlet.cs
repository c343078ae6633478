using Vault.Client;

namespace Vault.PowerShell;

/// <summary>A cmdlet about files of the vault, named by pattern, by exact name or by id.</summary>
public abstract class QueryCmdlet : SessionCmdlet
{
    private protected const string
        ByName = "Name", ByLiteralName = "LiteralName", ById = "Id", ByObject = "InputObject";

    /// <summary>Whose files.</summary>
    private protected virtual FileScope Scope => FileScope.All;

    /// <summary>The same for the Tab key.</summary>
    internal FileScope Offered => Scope;

    /// <summary>Whether a pattern that no file matches is an error: where somebody expects files on the disk afterwards, nothing said
    /// would pass for done.</summary>
    private protected virtual bool MustMatch => false;

    /// <summary>Calls <paramref name="found"/> on the pipeline's thread for each file; reports each question without
    /// an answer.</summary>
    private protected void Query(string[]? names, string[]? literalNames, string[]? ids, Action<VaultFile> found)
    {
        foreach (var typed in names ?? [])
        {
            TryItem(typed, () => AskByName(VaultName(typed), found));
        }

        Ask(literalNames, (query, name, stop) => query.ByLiteralNameAsync(name, stop), found);
        Ask(ids, (query, id, stop) => query.ByIdAsync(id, stop), found);
    }

    /// <summary>Calls <paramref name="found"/> on the pipeline's thread for each file there is.</summary>
    private protected void QueryAll(Action<VaultFile> found) =>
        Ask(["*"], (query, _, stop) => query.AllAsync(stop), found);

    private void AskByName(string name, Action<VaultFile> found)
    {
        var isFound = false;
        var isAnswered = Ask([name], (query, pattern, stop) => query.ByNameAsync(pattern, stop), file =>
        {
            isFound = true;
            found(file);
        });
        if (MustMatch && isAnswered && !isFound)
        {
            throw new VaultException(
                VaultErrorCode.NotFound, $"No file matches '{name}'.",
                "Get-VaultFile lists what there is; -LiteralName takes brackets, * and ? as they are.");
        }
    }

    /// <returns>Whether no question failed.</returns>
    private bool Ask(
        string[]? questions, Func<FileQuery, string, CancellationToken, Task> answer, Action<VaultFile> found)
    {
        var isAnswered = true;
        foreach (var question in questions ?? [])
        {
            isAnswered &= TryItem(question, () => Await((pump, stop) => answer(
                new FileQuery(
                    UsedSession, Scope,
                    file => pump.Post(() => found(file)),
                    received => pump.Post(() => WriteError(VaultErrors.Record(received.Error!, received.Id)))), // set: there is no file
                question,
                stop)));
        }

        return isAnswered;
    }
}

namespace Vault.Client.Files;

/// <summary>Which of many files are in the vault already as they are here.</summary>
internal static class StoredFiles
{
    // Up to here it is quicker to ask for each name than to read the whole list.
    private const int FewItems = 32;

    /// <summary>Those whose length and time are the stored ones.</summary>
    internal static async Task<Dictionary<SendItem, VaultFile>> FindAsync(
        SignedIn me, IReadOnlyList<SendItem> items, CancellationToken cancellationToken)
    {
        var stored = items.Count <= FewItems
            ? await AskAsync(me, items, cancellationToken).ConfigureAwait(false)
            : await ListAsync(me, cancellationToken).ConfigureAwait(false);
        var unchanged = new Dictionary<SendItem, VaultFile>();
        foreach (var item in items)
        {
            if (TryNormalise(item.Name) is { } name && stored.TryGetValue(name, out var file)
                && Source.Find(item.SourcePath) is { } source
                && source.Length == file.Length && source.LastWriteTimeUtc == file.ModifiedAt.UtcDateTime)
            {
                unchanged[item] = file;
            }
        }

        return unchanged;
    }

    private static async Task<Dictionary<string, VaultFile>> AskAsync(
        SignedIn me, IReadOnlyList<SendItem> items, CancellationToken cancellationToken)
    {
        var files = new Dictionary<string, VaultFile>(StringComparer.Ordinal);
        foreach (var name in items.Select(item => TryNormalise(item.Name)).OfType<string>().Distinct(StringComparer.Ordinal))
        {
            if (await OwnFiles.FindAsync(me, name, cancellationToken).ConfigureAwait(false) is { } file)
            {
                files[name] = file;
            }
        }

        return files;
    }

    private static async Task<Dictionary<string, VaultFile>> ListAsync(SignedIn me, CancellationToken cancellationToken)
    {
        var files = new Dictionary<string, VaultFile>(StringComparer.Ordinal);
        await foreach (var file in OwnFiles.ListAsync(me, cancellationToken).ConfigureAwait(false))
        {
            files[file.Name] = file;
        }

        return files;
    }

    // A name that cannot be one fails when it is sent.
    private static string? TryNormalise(string name)
    {
        try
        {
            return VaultPath.Normalise(name);
        }
        catch (VaultException)
        {
            return null;
        }
    }
}

using System.Runtime.CompilerServices;

namespace Vault.Storage.Local;

/// <summary>Walks a directory on the thread pool and hands its entries over in batches.</summary>
internal static class Background
{
    private const int BatchSize = 256;

    internal static async IAsyncEnumerable<T> EnumerateAsync<T>(
        string doing, Func<IEnumerable<T>> source, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var entries = await LocalFile.RunAsync(doing, () => source().GetEnumerator(), cancellationToken)
            .ConfigureAwait(false);
        List<T> batch = [];
        do
        {
            batch.Clear();
            await LocalFile.RunAsync(doing, () => Fill(entries, batch), cancellationToken).ConfigureAwait(false);
            foreach (var entry in batch)
            {
                yield return entry;
            }
        }
        while (batch.Count == BatchSize);
    }

    private static void Fill<T>(IEnumerator<T> entries, List<T> batch)
    {
        while (batch.Count < BatchSize && entries.MoveNext())
        {
            batch.Add(entries.Current);
        }
    }
}

using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Vault.Client.Files;

/// <summary>Runs work on many items, some at a time, and hands results over as they come.</summary>
internal static class SideBySide
{
    /// <param name="items">Walked while the work goes on.</param>
    /// <param name="degree">How many at once.</param>
    /// <param name="work">Writes the results of one item; what it throws ends everything.</param>
    /// <param name="cancellationToken">Ends everything, as does leaving the enumeration.</param>
    internal static async IAsyncEnumerable<TResult> RunAsync<T, TResult>(
        IEnumerable<T> items, int degree, Func<T, ChannelWriter<TResult>, CancellationToken, Task> work,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var results = System.Threading.Channels.Channel.CreateUnbounded<TResult>();
        var working = RunAllAsync(items, degree, work, results.Writer, stop.Token);
        try
        {
            await foreach (var result in results.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return result;
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await working.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // its error went through the channel
        }
    }

    private static async Task RunAllAsync<T, TResult>(
        IEnumerable<T> items, int degree, Func<T, ChannelWriter<TResult>, CancellationToken, Task> work, ChannelWriter<TResult> results,
        CancellationToken cancellationToken)
    {
        try
        {
            await Parallel.ForEachAsync(
                items,
                new ParallelOptions { MaxDegreeOfParallelism = degree, CancellationToken = cancellationToken },
                async (item, token) => await work(item, results, token).ConfigureAwait(false)).ConfigureAwait(false);
            results.Complete();
        }
        catch (Exception error)
        {
            results.Complete(error);
        }
    }
}

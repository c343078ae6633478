using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Vault.Protocol;

namespace Vault.Client.Files;

/// <summary>Sends many files: small ones share requests, several requests are under way, large ones go in parts.</summary>
internal sealed class SendMany(SignedIn me, SendOptions options)
{
    private const int BatchCount = 128;
    private const long BatchBytes = 4 * 1024 * 1024;
    private const int BatchesInFlight = 4;

    internal async IAsyncEnumerable<SendResult> RunAsync(
        IEnumerable<SendItem> items, IProgress<TransferProgress>? progress, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var slots = TransferLimits.Slots(options.ThrottleLimit);
        var send = new Send(me, options, slots);
        IReadOnlyList<SendItem> changed = [.. items];
        if (options.SkipUnchanged)
        {
            var there = await StoredFiles.FindAsync(me, changed, cancellationToken).ConfigureAwait(false);
            foreach (var (item, file) in there)
            {
                yield return new SendResult(item, file, null) { Status = TransferStatus.Skipped };
            }

            changed = [.. changed.Where(item => !there.ContainsKey(item))];
        }

        await foreach (var result in SideBySide.RunAsync<List<SendItem>, SendResult>(
            Batches(changed), BatchesInFlight,
            (batch, results, stop) => SendBatchAsync(send, batch, results, progress, stop), cancellationToken).ConfigureAwait(false))
        {
            yield return result;
        }
    }

    // A password file costs a second of scrypt: alone, so that others need not wait for it.
    private IEnumerable<List<SendItem>> Batches(IEnumerable<SendItem> items)
    {
        var batch = new List<SendItem>();
        var bytes = 0L;
        foreach (var item in items)
        {
            var length = item.GetLength();
            if (length > Send.SmallLength || options.Password is not null)
            {
                yield return [item];
                continue;
            }

            batch.Add(item);
            bytes += length;
            if (batch.Count == BatchCount || bytes >= BatchBytes)
            {
                yield return batch;
                batch = [];
                bytes = 0;
            }
        }

        if (batch.Count > 0)
        {
            yield return batch;
        }
    }

    private async Task SendBatchAsync(
        Send send, List<SendItem> batch, ChannelWriter<SendResult> results, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        if (batch is [var only])
        {
            results.TryWrite(await TryAsync(
                only, async () => await SendAloneAsync(send, only, progress, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false));
            return;
        }

        var prepared = new List<(SendItem Item, SmallSend Small)>();
        try
        {
            foreach (var item in batch)
            {
                SmallSend? small = null;
                var ended = await TryAsync(item, async () =>
                {
                    small = await TryPrepareAsync(item, cancellationToken).ConfigureAwait(false);
                    return small is null ? await SendAloneAsync(send, item, progress, cancellationToken).ConfigureAwait(false) : null;
                }).ConfigureAwait(false);
                if (small is null)
                {
                    results.TryWrite(ended);
                }
                else
                {
                    prepared.Add((item, small));
                }
            }

            await PostAsync(send, prepared, results, progress, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            prepared.ForEach(entry => entry.Small.Dispose());
        }
    }

    private static Task<VaultFile> SendAloneAsync(
        Send send, SendItem item, IProgress<TransferProgress>? progress, CancellationToken cancellationToken) =>
        send.RunAsync(item.SourcePath, VaultPath.Normalise(item.Name), progress, cancellationToken);

    /// <returns>Null where the file has become too long for a batch since it was looked at.</returns>
    private async Task<SmallSend?> TryPrepareAsync(SendItem item, CancellationToken cancellationToken)
    {
        var name = VaultPath.Normalise(item.Name);
        using var source = Source.Open(item.SourcePath);
        if (source.Length > Send.SmallLength)
        {
            return null;
        }

        var content = await NewContent.CreateAsync(me.Ring, options, source.Length, cancellationToken).ConfigureAwait(false);
        try
        {
            return await SmallSend.PrepareAsync(source, name, content, me, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            content.Dispose();
            throw;
        }
    }

    private async Task PostAsync(
        Send send, List<(SendItem Item, SmallSend Small)> prepared, ChannelWriter<SendResult> results,
        IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        if (prepared.Count == 0)
        {
            return;
        }

        IReadOnlyList<SendBatchItemReply> replies;
        try
        {
            replies = await SmallSend.PostAsync(me, [.. prepared.Select(entry => entry.Small)], cancellationToken).ConfigureAwait(false);
        }
        catch (VaultException error)
        {
            prepared.ForEach(entry => results.TryWrite(new SendResult(entry.Item, null, error)));
            return;
        }

        foreach (var (entry, reply) in prepared.Zip(replies))
        {
            var result = await TryAsync(
                entry.Item, async () => await send.FinishAsync(entry.Small, reply, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
            progress?.Report(new TransferProgress(entry.Small.Metadata.Name, entry.Small.Metadata.Size, entry.Small.Metadata.Size));
            results.TryWrite(result); // last: whoever hears of it counts the file as over
        }
    }

    private static async Task<SendResult> TryAsync(SendItem item, Func<Task<VaultFile?>> work)
    {
        try
        {
            return new SendResult(item, await work().ConfigureAwait(false), null);
        }
        catch (Exception error) when (error is VaultException or IOException or UnauthorizedAccessException)
        {
            return new SendResult(item, null, error);
        }
    }
}

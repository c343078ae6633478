namespace Vault.Client.Files;

/// <summary>Receives or exports many files side by side. One that fails does not stop the rest.</summary>
internal sealed class ReceiveMany(SignedIn me, ReceiveOptions options)
{
    private const int FilesInFlight = 16;

    internal async IAsyncEnumerable<ReceiveResult> RunAsync(
        IEnumerable<ReceiveItem> items, bool export, IProgress<TransferProgress>? progress,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var slots = TransferLimits.Slots(options.ThrottleLimit);
        var receive = new Receive(me, options, slots);
        await foreach (var result in SideBySide.RunAsync<ReceiveItem, ReceiveResult>(
            items, FilesInFlight,
            async (item, results, stop) => results.TryWrite(await TryAsync(
                item,
                () => export
                    ? receive.ExportAsync(item.File, item.TargetPath, progress, stop)
                    : receive.RunAsync(item.File, item.TargetPath, progress, stop)).ConfigureAwait(false)),
            cancellationToken).ConfigureAwait(false))
        {
            yield return result;
        }
    }

    private async Task<ReceiveResult> TryAsync(ReceiveItem item, Func<Task> work)
    {
        try
        {
            if (options.SkipUnchanged && IsThere(item))
            {
                return new ReceiveResult(item, TransferStatus.Skipped, null);
            }

            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(item.TargetPath)) ?? ".");
            await work().ConfigureAwait(false);
            return new ReceiveResult(item, TransferStatus.Received, null);
        }
        catch (Exception error) when (error is VaultException or IOException or UnauthorizedAccessException)
        {
            return new ReceiveResult(item, TransferStatus.Failed, error);
        }
    }

    private static bool IsThere(ReceiveItem item) => new FileInfo(item.TargetPath) is { Exists: true } there
        && there.Length == item.File.Length && there.LastWriteTimeUtc == item.File.ModifiedAt.UtcDateTime;
}

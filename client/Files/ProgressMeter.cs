using System.Diagnostics;

namespace Vault.Client.Files;

/// <summary>Adds up what a transfer has moved, from any thread, and tells it at most five times a second.</summary>
internal sealed class ProgressMeter(IProgress<TransferProgress>? progress, string name, long total)
{
    private static readonly long Interval = Stopwatch.Frequency / 5;

    private long _bytes;
    private long _next;

    internal void Add(long bytes)
    {
        var sum = Interlocked.Add(ref _bytes, bytes);
        if (progress is null)
        {
            return;
        }

        var now = Stopwatch.GetTimestamp();
        var next = Volatile.Read(ref _next);
        if (sum == total || (now >= next && Interlocked.CompareExchange(ref _next, now + Interval, next) == next))
        {
            progress.Report(new TransferProgress(name, sum, total));
        }
    }
}

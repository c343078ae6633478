namespace Vault.Gateway.Hosting;

/// <summary>
/// Gives memory back once the process has gone quiet. The collector runs when something is allocated, so what a burst of connections
/// or transfers left behind would else stay for as long as nothing happens.
/// </summary>
internal sealed class IdleTrim(TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(3);

    // Under this much in an interval nobody is being served: timers and pings take less. In bytes.
    private const long QuietAllocation = 2 * 1024 * 1024;

    // Less than this since the last time is not worth a collection. In bytes.
    private const long WorthTrimming = 16 * 1024 * 1024;

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        var (trimmed, before) = (0L, 0L);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            var now = GC.GetTotalAllocatedBytes();
            if (IsDue(now, before, trimmed))
            {
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                trimmed = now;
            }

            before = now;
        }
    }

    /// <summary>Whether little was allocated in the last interval, but enough since the last trim. All in bytes since the start.</summary>
    internal static bool IsDue(long now, long before, long trimmed) =>
        now - before < QuietAllocation && now - trimmed >= WorthTrimming;
}

using System.Diagnostics;

namespace Vault.Bench;

/// <summary>What one direction of a link lets pass: who is ahead of its rate waits.</summary>
internal sealed class LinkRate(double bytesPerSecond)
{
    // Timers are no finer; who is ahead by less goes on and waits longer the next time.
    private static readonly TimeSpan Finest = TimeSpan.FromMilliseconds(2);

    private readonly Lock _gate = new();
    private long _free; // when all that has passed so far is through

    public Task PassAsync(int count, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var now = Stopwatch.GetTimestamp();
            _free = Math.Max(_free, now) + (long)(count / bytesPerSecond * Stopwatch.Frequency);
            var ahead = Stopwatch.GetElapsedTime(now, _free);
            return ahead > Finest ? Task.Delay(ahead, cancellationToken) : Task.CompletedTask;
        }
    }
}

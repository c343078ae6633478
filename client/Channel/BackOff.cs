namespace Vault.Client.Channel;

/// <summary>
/// The waits between attempts at one request. They double up to 5 s, less a random part of up to half, so that the clients of a server that
/// comes back do not all come at once.
/// </summary>
/// <param name="limit">From the first failure on; no attempt begins later.</param>
/// <param name="time">The clock.</param>
internal sealed class BackOff(TimeSpan limit, TimeProvider time)
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(100), Longest = TimeSpan.FromSeconds(5);

    private TimeSpan _next = First;
    private long? _failedAt;

    /// <summary>Something was received: what fails from here on is a first failure again.</summary>
    public void Reset() => (_next, _failedAt) = (First, null);

    /// <summary>Waits before the next attempt.</summary>
    /// <param name="asked">What the server asked to wait; zero where it did not say.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>False at once where no time is left for another attempt.</returns>
    public async Task<bool> WaitAsync(TimeSpan asked, CancellationToken cancellationToken)
    {
        _failedAt ??= time.GetTimestamp();
        var left = limit - time.GetElapsedTime(_failedAt.Value);
        if (left <= TimeSpan.Zero)
        {
            return false;
        }

        var wait = _next * (1 - (Random.Shared.NextDouble() / 2));
        _next = _next * 2 < Longest ? _next * 2 : Longest;
        wait = wait > asked ? wait : asked;
        await Task.Delay(wait < left ? wait : left, time, cancellationToken).ConfigureAwait(false);
        return true;
    }
}

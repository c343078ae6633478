namespace Vault.PowerShell;

/// <summary>How fast something grows: over the last few seconds, so that it follows the link and does not jump.</summary>
internal sealed class TransferRate(TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(5);

    private readonly Queue<(long At, long Bytes)> _samples = [];

    /// <summary>Notes how much there is now.</summary>
    /// <returns>Bytes a second; 0 as long as there is nothing to go by.</returns>
    public double Measure(long bytes)
    {
        var now = time.GetTimestamp();
        _samples.Enqueue((now, bytes));
        while (_samples.Count > 2 && time.GetElapsedTime(_samples.Peek().At, now) > Window)
        {
            _samples.Dequeue();
        }

        var (at, first) = _samples.Peek();
        var seconds = time.GetElapsedTime(at, now).TotalSeconds;
        return seconds > 0 ? Math.Max(0, bytes - first) / seconds : 0;
    }
}

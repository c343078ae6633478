namespace Vault.Grains.SignIn;

/// <summary>Attempts as tokens: <see cref="AttemptLimits.Capacity"/> at most, one back every <see cref="AttemptLimits.Refill"/>.</summary>
/// <remarks>Kept as the time at which the bucket is full again; each attempt moves it on by one refill.</remarks>
internal sealed class AttemptBucket(AttemptLimits limits)
{
    private DateTimeOffset _fullAt = DateTimeOffset.MinValue;

    /// <summary>When nothing of past attempts is left.</summary>
    public DateTimeOffset FullAt => _fullAt;

    /// <summary>Takes one token, or says how long until there is one.</summary>
    public bool TryTake(DateTimeOffset now, out TimeSpan wait)
    {
        var fullAt = (_fullAt > now ? _fullAt : now) + limits.Refill;
        wait = fullAt - now - (limits.Capacity * limits.Refill);
        if (wait > TimeSpan.Zero)
        {
            return false;
        }

        _fullAt = fullAt;
        return true;
    }

    /// <summary>The password was proved: this attempt and those before it are forgotten.</summary>
    public void Clear() => _fullAt = DateTimeOffset.MinValue;
}

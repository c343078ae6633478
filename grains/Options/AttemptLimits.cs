namespace Vault.Grains;

/// <summary>How many sign-in attempts an account takes, and how many sign-ins may be under way.</summary>
public sealed class AttemptLimits
{
    /// <summary>Attempts that fail, or are never finished, before the next has to wait: 1 to 1,000; 10.</summary>
    public int Capacity { get; set; } = 10;

    /// <summary>How long it takes to get one attempt back: 1 s to 1 day; 60 s.</summary>
    public TimeSpan Refill { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a client has between KE2 and KE3: 1 s to 10 minutes; 60 s.</summary>
    public TimeSpan PendingLifetime { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Logins under way in one account; the oldest is dropped for another: 1 to 1,000; 32.</summary>
    public int MaxPending { get; set; } = 32;

    internal bool IsValid() => Capacity is >= 1 and <= 1_000 && MaxPending is >= 1 and <= 1_000
        && Refill >= TimeSpan.FromSeconds(1) && Refill <= TimeSpan.FromDays(1)
        && PendingLifetime >= TimeSpan.FromSeconds(1) && PendingLifetime <= TimeSpan.FromMinutes(10);
}

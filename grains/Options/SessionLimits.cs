namespace Vault.Grains;

/// <summary>How long sessions run, and how many.</summary>
public sealed class SessionLimits
{
    /// <summary>How long a session runs: 1 minute to 90 days; 12 hours.</summary>
    public TimeSpan Lifetime { get; set; } = TimeSpan.FromHours(12);

    /// <summary>Sessions of one account; another ends the oldest: 1 to 1,000; 100.</summary>
    public int MaxCount { get; set; } = 100;

    internal bool IsValid() => Lifetime >= TimeSpan.FromMinutes(1) && Lifetime <= TimeSpan.FromDays(90)
        && MaxCount is >= 1 and <= 1_000;
}

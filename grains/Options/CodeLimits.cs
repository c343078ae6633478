namespace Vault.Grains;

/// <summary>How many wrong one-time codes an account takes after its password was proved.</summary>
public sealed class CodeLimits
{
    /// <summary>Wrong codes before the next has to wait: 1 to 100; 5.</summary>
    public int Capacity { get; set; } = 5;

    /// <summary>How long it takes to get one try back: 1 s to 1 day; 5 minutes.</summary>
    public TimeSpan Refill { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a person has to look the code up after the password was proved: 1 s to 1 hour; 5 minutes.</summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromMinutes(5);

    internal bool IsValid() => Capacity is >= 1 and <= 100
        && Refill >= TimeSpan.FromSeconds(1) && Refill <= TimeSpan.FromDays(1)
        && Patience >= TimeSpan.FromSeconds(1) && Patience <= TimeSpan.FromHours(1);

    internal AttemptLimits ToAttempts() => new() { Capacity = Capacity, Refill = Refill };
}

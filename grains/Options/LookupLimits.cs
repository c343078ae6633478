namespace Vault.Grains;

/// <summary>How many addresses an account may look up: enough to share with many, too few to find out who has an account.</summary>
public sealed class LookupLimits
{
    /// <summary>Look-ups before the next has to wait: 1 to 100,000; 1,200.</summary>
    public int Capacity { get; set; } = 1_200;

    /// <summary>How long it takes to get one look-up back: 10 ms to 1 day; 3 s.</summary>
    public TimeSpan Refill { get; set; } = TimeSpan.FromSeconds(3);

    internal bool IsValid() => Capacity is >= 1 and <= 100_000
        && Refill >= TimeSpan.FromMilliseconds(10) && Refill <= TimeSpan.FromDays(1);
}

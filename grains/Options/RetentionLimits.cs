namespace Vault.Grains;

/// <summary>How long what nobody needs any more is kept.</summary>
public sealed class RetentionLimits
{
    /// <summary>Versions of a file; another one makes the oldest go: 1 to 1,000; 100.</summary>
    public int Versions { get; set; } = 100;

    /// <summary>How long a file stays in the trash: 1 minute to 10 years; 30 days.</summary>
    public TimeSpan Trash { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How often every account is looked through for sends that were abandoned and files whose time in the trash is over: 1 minute to
    /// 7 days; 6 hours. The first time comes some minutes after the start.</summary>
    public TimeSpan SweepEvery { get; set; } = TimeSpan.FromHours(6);

    internal bool IsValid() => Versions is >= 1 and <= 1_000
        && Trash >= TimeSpan.FromMinutes(1) && Trash <= TimeSpan.FromDays(3_653)
        && SweepEvery >= TimeSpan.FromMinutes(1) && SweepEvery <= TimeSpan.FromDays(7);
}

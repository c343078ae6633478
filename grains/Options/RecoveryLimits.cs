namespace Vault.Grains;

/// <summary>How long recovery codes are good for, and how often they can be asked for and tried.</summary>
public sealed class RecoveryLimits
{
    /// <summary>How long a code can be used, and then a reset be finished: 1 minute to 1 hour; 15 minutes.</summary>
    public TimeSpan CodeLifetime { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Wrong tries after which a code is none any more: 1 to 10; 5.</summary>
    public int MaxTries { get; set; } = 5;

    /// <summary>Requests for one address within an hour: 1 to 10; 3.</summary>
    public int MaxRequestsPerHour { get; set; } = 3;

    internal bool IsValid() => CodeLifetime >= TimeSpan.FromMinutes(1) && CodeLifetime <= TimeSpan.FromHours(1)
        && MaxTries is >= 1 and <= 10 && MaxRequestsPerHour is >= 1 and <= 10;
}

namespace Vault.Grains;

/// <summary>What an account may store and set aside.</summary>
public sealed class SendLimits
{
    /// <summary>Ciphertext of all kept versions and open reservations: 0 to 2^60 bytes; 100 GiB.</summary>
    public long QuotaBytes { get; set; } = 100L * 1024 * 1024 * 1024;

    /// <summary>How long a reservation is kept: 1 minute to 90 days; 24 hours.</summary>
    public TimeSpan ReservationLifetime { get; set; } = TimeSpan.FromHours(24);

    /// <summary>Open reservations of one account: 1 to 100,000; 4,096.</summary>
    public int MaxOpen { get; set; } = 4_096;

    internal bool IsValid() => QuotaBytes is >= 0 and <= 1L << 60 && MaxOpen is >= 1 and <= 100_000
        && ReservationLifetime >= TimeSpan.FromMinutes(1) && ReservationLifetime <= TimeSpan.FromDays(90);
}

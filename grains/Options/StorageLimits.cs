namespace Vault.Grains;

/// <summary>How long grains wait for storage, how often they write snapshots, and what they keep in memory.</summary>
public sealed class StorageLimits
{
    /// <summary>How long one read or write may take: 100 ms to 1 minute; 10 s.</summary>
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long reading a whole stream or writing a snapshot may take: 100 ms to 10 minutes; 1 minute.</summary>
    public TimeSpan ReplayTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Events after which a snapshot is due: 1 to 100,000; 500.</summary>
    public int SnapshotEvery { get; set; } = 500;

    /// <summary>Files that a silo keeps in memory at most, 6 to 10 KiB each as a rule: 16 to 10,000,000; 4,096.</summary>
    public int FilesInMemory { get; set; } = 4_096;

    /// <summary>How often unfinished work is looked for: 100 ms to 1 hour; 2 minutes.</summary>
    public TimeSpan FinishEvery { get; set; } = TimeSpan.FromMinutes(2);

    internal bool IsValid() => CallTimeout >= TimeSpan.FromMilliseconds(100) && CallTimeout <= TimeSpan.FromMinutes(1)
        && ReplayTimeout >= TimeSpan.FromMilliseconds(100) && ReplayTimeout <= TimeSpan.FromMinutes(10)
        && FinishEvery >= TimeSpan.FromMilliseconds(100) && FinishEvery <= TimeSpan.FromHours(1)
        && SnapshotEvery is >= 1 and <= 100_000
        && FilesInMemory is >= 16 and <= 10_000_000;
}

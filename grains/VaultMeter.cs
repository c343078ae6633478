using System.Diagnostics.Metrics;

namespace Vault.Grains;

/// <summary>What the grains count.</summary>
internal static class VaultMeter
{
    private static readonly Meter Meter = new("Vault");

    /// <summary>Events appended to streams.</summary>
    internal static readonly Counter<long> Events = Meter.CreateCounter<long>("vault.events.appended");

    /// <summary>Calls into storage that failed or took too long.</summary>
    internal static readonly Counter<long> StorageFailures = Meter.CreateCounter<long>("vault.storage.failures");

    /// <summary>Stored bytes that did not verify: anything but 0 is for a person to look at.</summary>
    internal static readonly Counter<long> Damaged = Meter.CreateCounter<long>("vault.storage.damaged");
}

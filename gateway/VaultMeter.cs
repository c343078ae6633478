using System.Diagnostics.Metrics;

namespace Vault.Gateway;

/// <summary>What the gateway counts, beside what Kestrel and Orleans count of themselves.</summary>
internal static class VaultMeter
{
    private static readonly Meter Meter = new("Vault");

    /// <summary>Calls to grains that were asked again because no answer came.</summary>
    internal static readonly Counter<long> Repeated = Meter.CreateCounter<long>("vault.calls.repeated");

    /// <summary>Requests that ended with a problem, by its code.</summary>
    internal static readonly Counter<long> Problems = Meter.CreateCounter<long>("vault.problems");
}

namespace Vault.Silo;

/// <summary>What the silo's host writes to the log; no personal data.</summary>
internal static partial class SiloLog
{
    [LoggerMessage(300, LogLevel.Warning, "This process stood still for {Seconds:F1} s. Calls wait until it is known whether the silo was declared dead.")]
    internal static partial void StoodStill(ILogger logger, double seconds);

    [LoggerMessage(301, LogLevel.Warning, "The list of silos cannot be read after a standstill. Calls go on.")]
    internal static partial void MembershipUnknown(ILogger logger, Exception error);
}

using Vault.Storage;

namespace Vault.Gateway;

/// <summary>What the gateway writes to the log; no personal data.</summary>
internal static partial class GatewayLog
{
    [LoggerMessage(200, LogLevel.Error, "The content store failed ({Reason}).")]
    internal static partial void StorageFailed(ILogger logger, Exception error, StorageError reason);

    [LoggerMessage(201, LogLevel.Error, "A request to {Route} failed.")]
    internal static partial void RequestFailed(ILogger logger, Exception error, string route);

    [LoggerMessage(202, LogLevel.Warning, "A request to {Route} found the cluster busy or away.")]
    internal static partial void ClusterBusy(ILogger logger, Exception error, string route);

    [LoggerMessage(203, LogLevel.Information, "{Interface}.{Method} is asked again after {Error}.")]
    internal static partial void CallRepeated(ILogger logger, string? @interface, string? method, string error);
}

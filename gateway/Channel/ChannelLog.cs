using Vault.Protocol.Channel;

namespace Vault.Gateway.Channel;

/// <summary>What the channel writes to the log; never a key or a network address.</summary>
internal static partial class ChannelLog
{
    [LoggerMessage(100, LogLevel.Debug, "Connection {ConnectionId}: handshake failed ({Reason}).")]
    internal static partial void HandshakeFailed(ILogger logger, string connectionId, ChannelError reason);

    [LoggerMessage(101, LogLevel.Information, "Connection {ConnectionId} closed: too many handshakes at once.")]
    internal static partial void TooManyHandshakes(ILogger logger, string connectionId);

    [LoggerMessage(102, LogLevel.Information, "Connection {ConnectionId} closed: its network address has too many connections.")]
    internal static partial void TooManyConnections(ILogger logger, string connectionId);
}

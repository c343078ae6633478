using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Vault.Protocol.Channel;

namespace Vault.Gateway.Channel;

/// <summary>What both Noise middlewares do with a connection: handshake within a time, swap the transport, put it back.</summary>
internal static class ConnectionPipe
{
    /// <returns>The channel; null where the handshake failed, with the connection aborted.</returns>
    internal static async Task<NoiseChannel?> HandshakeAsync(
        ConnectionContext connection, TimeSpan timeout, TimeProvider clock,
        Func<IDuplexPipe, CancellationToken, Task<NoiseChannel>> handshake, ILogger logger)
    {
        using var time = new CancellationTokenSource(timeout, clock);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(
            connection.ConnectionClosed, StopRequested(connection), time.Token);
        try
        {
            return await handshake(connection.Transport, stop.Token);
        }
        catch (Exception error) when (error is ChannelException or OperationCanceledException or IOException)
        {
            ChannelLog.HandshakeFailed(logger, connection.ConnectionId, error is ChannelException channel ? channel.Reason : ChannelError.TimedOut);
            connection.Abort(new ConnectionAbortedException("The Noise handshake failed."));
            return null;
        }
    }

    /// <summary>Runs the rest of the connection over the channel.</summary>
    internal static async Task RunAsync(ConnectionContext connection, NoiseChannel channel, ConnectionDelegate next)
    {
        var transport = connection.Transport;
        connection.Transport = channel.Pipe;
        try
        {
            await next(connection);
        }
        finally
        {
            await channel.Pipe.Output.CompleteAsync();
            await channel.Pipe.Input.CompleteAsync();
            connection.Transport = transport;
        }
    }

    private static CancellationToken StopRequested(ConnectionContext connection) =>
        connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? CancellationToken.None;
}

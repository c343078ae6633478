using System.Net;
using Microsoft.AspNetCore.Connections;
using Vault.Protocol.Channel;

namespace Vault.Gateway.Channel;

/// <summary>Stands where TLS would: answers the handshake and hands the next middleware the decrypted pipe.</summary>
internal sealed class NoiseConnectionMiddleware
{
    private readonly ConnectionDelegate _next;
    private readonly NoiseOptions _options;
    private readonly ConnectionSlots _connections, _handshakes;
    private readonly ILogger _logger;
    private readonly ReadOnlyMemory<byte> _staticKey;

    public NoiseConnectionMiddleware(
        ConnectionDelegate next, NoiseOptions options, ConnectionSlots connections, ConnectionSlots handshakes, ILogger logger)
    {
        _next = next;
        _options = options;
        _connections = connections;
        _handshakes = handshakes;
        _logger = logger;
        _staticKey = options.StaticKey.Memory;
    }

    public async Task OnConnectionAsync(ConnectionContext connection)
    {
        var address = (connection.RemoteEndPoint as IPEndPoint)?.Address ?? IPAddress.None;
        if (!_connections.TryEnter(address))
        {
            ChannelLog.TooManyConnections(_logger, connection.ConnectionId);
            connection.Abort(new ConnectionAbortedException("Too many connections."));
            return;
        }

        try
        {
            if (await HandshakeAsync(connection, address) is { } channel)
            {
                connection.Features.Set<INoiseConnectionFeature>(
                    new Feature(channel.HandshakeHash, channel.RemoteStaticKey, channel.Payload));
                await ConnectionPipe.RunAsync(connection, channel, _next);
            }
        }
        finally
        {
            _connections.Leave(address);
        }
    }

    private async Task<NoiseChannel?> HandshakeAsync(ConnectionContext connection, IPAddress address)
    {
        if (!_handshakes.TryEnter(address))
        {
            ChannelLog.TooManyHandshakes(_logger, connection.ConnectionId);
            connection.Abort(new ConnectionAbortedException("Too many handshakes."));
            return null;
        }

        try
        {
            return await ConnectionPipe.HandshakeAsync(
                connection, _options.HandshakeTimeout, _options.Time,
                (pipe, stop) => NoiseHandshake.RespondAsync(pipe, _staticKey, stop), _logger);
        }
        finally
        {
            _handshakes.Leave(address);
        }
    }

    private sealed record Feature(
        ReadOnlyMemory<byte> HandshakeHash, ReadOnlyMemory<byte> RemoteStaticKey, ReadOnlyMemory<byte> Payload)
        : INoiseConnectionFeature;
}

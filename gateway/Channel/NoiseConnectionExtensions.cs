using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Vault.Cryptography.Primitives;
using Vault.Protocol.Channel;

namespace Vault.Gateway.Channel;

/// <summary>Puts Noise in front of what a connection carries.</summary>
public static class NoiseConnectionExtensions
{
    /// <summary>Stands exactly where <c>UseHttps()</c> would: clients talk HTTP/2 inside Noise XX.</summary>
    public static ListenOptions UseNoise(this ListenOptions listen, NoiseOptions options)
    {
        ArgumentNullException.ThrowIfNull(listen);
        ArgumentNullException.ThrowIfNull(options);
        var logger = listen.ApplicationServices.GetRequiredService<ILoggerFactory>().CreateLogger("Vault.Channel");
        var connections = new ConnectionSlots(int.MaxValue, options.MaxConnectionsPerAddress); // all together are Kestrel's to count
        var handshakes = new ConnectionSlots(options.MaxHandshakes, options.MaxHandshakesPerAddress);
        listen.Use(next => new NoiseConnectionMiddleware(next, options, connections, handshakes, logger).OnConnectionAsync);
        return listen;
    }

    /// <summary>Noise NNpsk0 on either side of the cluster's own connections; a peer without the key is refused.</summary>
    /// <param name="builder">Orleans' connection builder.</param>
    /// <param name="psk">32 bytes; not disposed here.</param>
    /// <param name="initiator">Whether this side opened the connection.</param>
    /// <param name="timeout">How long the handshake may take.</param>
    public static IConnectionBuilder UseNoisePsk(this IConnectionBuilder builder, SecretBytes psk, bool initiator, TimeSpan timeout)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(psk);
        var logger = builder.ApplicationServices.GetRequiredService<ILoggerFactory>().CreateLogger("Vault.Channel");
        return builder.Use(next => async connection =>
        {
            var channel = await ConnectionPipe.HandshakeAsync(
                connection, timeout, TimeProvider.System, (pipe, stop) => NoiseHandshake.WithPskAsync(pipe, psk.Memory, initiator, stop), logger);
            if (channel is not null)
            {
                await ConnectionPipe.RunAsync(connection, channel, next);
            }
        });
    }
}

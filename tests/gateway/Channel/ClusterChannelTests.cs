using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Vault.Cryptography.Noise;
using Vault.Cryptography.Primitives;
using Vault.Gateway.Channel;
using Vault.Protocol.Channel;

namespace Vault.Gateway.Tests.Channel;

/// <summary>The middleware of the cluster's own connections, over sockets.</summary>
public sealed class ClusterChannelTests : IAsyncLifetime
{
    private static readonly byte[] Marker = "a marker that must not be seen on the wire"u8.ToArray();

    private readonly SecretBytes _key = SecretBytes.Random(NoiseProtocol.PskLength);
    private WebApplication _app = null!; // xunit calls InitializeAsync first
    private int _port;
    private int _served;

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.UseNoisePsk(_key, initiator: false, NoiseApp.Patience);
            listen.Run(async connection =>
            {
                Interlocked.Increment(ref _served);
                await connection.Transport.Input.CopyToAsync(connection.Transport.Output);
            });
        }));
        _app = builder.Build();
        await _app.StartAsync();
        _port = new Uri(_app.Urls.Single()).Port;
    }

    public async Task DisposeAsync()
    {
        await _app.DisposeAsync();
        _key.Dispose();
    }

    [Fact]
    public async Task Connection_WithTheKey_CarriesEverythingAndShowsNothing()
    {
        await using var wire = new RecordProxy(_port);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, wire.Port);

        var channel = await NoiseHandshake.WithPskAsync(new SocketPipe(client), _key.Memory, initiator: true, default);
        await channel.Pipe.Output.WriteAsync(Marker);
        var read = await channel.Pipe.Input.ReadAtLeastAsync(Marker.Length);

        Assert.Equal(Marker, System.Buffers.BuffersExtensions.ToArray(read.Buffer));
        Assert.Equal(1, _served);
        Assert.Equal(
            [false, false, true, true], wire.Passed.Select(message => message.Up).Order()); // a handshake message and a record each
        Assert.All(wire.Passed, message => Assert.Equal(-1, message.Bytes.AsSpan().IndexOf(Marker.AsSpan(0, 8))));
    }

    [Fact]
    public async Task Connection_WithAnotherKey_IsClosedAndNotServed()
    {
        await using var wire = new RecordProxy(_port);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, wire.Port);

        await Assert.ThrowsAnyAsync<IOException>(() => NoiseHandshake.WithPskAsync(
            new SocketPipe(client), RandomNumberGenerator.GetBytes(NoiseProtocol.PskLength), initiator: true, default));

        Assert.Equal(0, _served);
        Assert.DoesNotContain(wire.Passed, message => !message.Up); // not one byte of an answer
    }

    [Fact]
    public async Task Connection_FromAClientOfTheGateway_IsClosedAndNotServed()
    {
        using var peer = await RawPeer.ConnectAsync(_port);

        await peer.WriteAsync(RawPeer.Framed(peer.NextMessage()));

        Assert.Equal(0, await peer.UntilClosedAsync());
        Assert.Equal(0, _served);
    }

    private sealed class SocketPipe(TcpClient client) : IDuplexPipe
    {
        public PipeReader Input { get; } = PipeReader.Create(client.GetStream());

        public PipeWriter Output { get; } = PipeWriter.Create(client.GetStream());
    }
}

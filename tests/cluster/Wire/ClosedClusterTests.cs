using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Vault.Client;
using Vault.Gateway.Keys;
using Vault.Protocol.Channel;
using Vault.Tests.Server;

namespace Vault.Cluster.Tests.Wire;

/// <summary>Who gets into a cluster, who does not, and what somebody on its network sees.</summary>
public sealed class ClosedClusterTests(WireFixture cluster) : IClassFixture<WireFixture>
{
    private const string Email = "ada-the-first@example.org";

    [Fact]
    public async Task Gateway_FoundTheSiloInRedis_ServesAccountsAndFilesAndShowsNothing()
    {
        using var password = RunningVault.Secret(RunningVault.Password);
        await using var account = await VaultAccount.CreateAsync(cluster.Gateway.Address, Email, password, cluster.Options, default);
        var content = RandomNumberGenerator.GetBytes(3_000_000);
        await File.WriteAllBytesAsync(cluster.File("source"), content);

        var file = await account.Session.SendAsync(cluster.File("source"), "source", null, null, default);
        await account.Session.ReceiveAsync(file, cluster.File("target"), null, null, default);

        Assert.Equal(content, await File.ReadAllBytesAsync(cluster.File("target")));
        Assert.True(cluster.ToGateways.Passed() is { Up.Length: > 1_000, Down.Length: > 1_000 });
        Assert.False(cluster.ToGateways.Shows(Email)); // it is in the calls that signed the person up
        Assert.False(cluster.ToGateways.Shows(WireFixture.ClusterId)); // it is in the first message of every connection
    }

    [Fact]
    public async Task PlainClient_OfOrleans_IsToldNothing()
    {
        await using var wire = new Recorder(cluster.GatewayPort);
        using var host = Host.CreateEmptyApplicationBuilder(null).UseOrleansClient(client =>
        {
            client.UseStaticClustering(new IPEndPoint(IPAddress.Loopback, wire.Port));
            client.UseConnectionRetryFilter((_, _) => Task.FromResult(false));
            client.Configure<ClusterOptions>(options => (options.ServiceId, options.ClusterId) = ("vault", WireFixture.ClusterId));
        }).Build();
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));

        await Assert.ThrowsAnyAsync<OrleansException>(() => host.StartAsync(patience.Token));

        Assert.True(wire.Shows(WireFixture.ClusterId)); // so the recorder sees what is not encrypted
        Assert.Empty(wire.Passed().Down);
    }

    [Fact]
    public async Task GatewayKey_AtTheSilosPort_OpensNothing()
    {
        using var keys = GatewayKeys.Open(cluster.File("data", "gateway.key"));

        Assert.True(await AnswersAsync(cluster.ToGateways.Port, keys.ClusterKey.Memory)); // it is the right key, at the right port
        Assert.False(await AnswersAsync(cluster.ToSilos.Port, keys.ClusterKey.Memory));
    }

    [Theory]
    [InlineData("a key of its own")]
    [InlineData("the gateways' key")]
    public async Task Silo_WithoutTheSilosKey_EndsAndSaysWhyAndTheOthersGoOn(string key)
    {
        // It has everything else: the address and password of Redis, and silo.key but for the one line.
        var folder = cluster.File(key);
        Directory.CreateDirectory(folder);
        var lines = await File.ReadAllLinesAsync(cluster.File("data", "silo.key"));
        var gateways = lines.Single(line => line.StartsWith("gateway-silo-key = ", StringComparison.Ordinal))["gateway-silo-key = ".Length..];
        var wrong = key == "the gateways' key" ? gateways : Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
        WireFixture.WritePrivate(
            Path.Combine(folder, "silo.key"),
            string.Join('\n', lines.Select(line => line.StartsWith("silo-silo-key = ", StringComparison.Ordinal) ? $"silo-silo-key = {wrong}" : line)));

        var (exitCode, errors) = await ServerProgram.RunServerAsync(
            new Dictionary<string, string>(), ["--role", "silo", "--data", folder, .. cluster.Cluster, .. cluster.Storage]);

        Assert.InRange(exitCode, 2, 3); // it gave up, or the others were first to declare it dead
        Assert.Contains("silo-silo-key", Assert.Single(errors.TrimEnd().Split('\n')), StringComparison.Ordinal);
        Assert.True(cluster.ToSilos.Accepted > 0); // it tried
        await RequireServiceAsync();
    }

    [Fact]
    public async Task Silo_WithTheKey_JoinsAndShowsNothing()
    {
        var folder = cluster.File("second");
        Directory.CreateDirectory(folder);
        File.Copy(cluster.File("data", "silo.key"), Path.Combine(folder, "silo.key"));
        var before = cluster.ToSilos.Passed();

        await using (await ServerProgram.StartSiloAsync(["--data", folder, .. cluster.Cluster, .. cluster.Storage]))
        {
        }

        var after = cluster.ToSilos.Passed();
        Assert.True(after.Up.Length > before.Up.Length + 1_000 && after.Down.Length > before.Down.Length + 1_000);
        Assert.False(cluster.ToSilos.Shows(WireFixture.ClusterId));
    }

    private async Task RequireServiceAsync()
    {
        using var password = RunningVault.Secret(RunningVault.Password);
        await using var account = await VaultAccount.CreateAsync(
            cluster.Gateway.Address, $"p{Guid.NewGuid():N}@example.org", password, cluster.Options, default);
    }

    // Whether a port finishes a handshake with this key.
    private static async Task<bool> AnswersAsync(int port, ReadOnlyMemory<byte> key)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port, patience.Token);
        try
        {
            await NoiseHandshake.WithPskAsync(new SocketPipe(client), key, initiator: true, patience.Token);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private sealed class SocketPipe(TcpClient client) : IDuplexPipe
    {
        public PipeReader Input { get; } = PipeReader.Create(client.GetStream());

        public PipeWriter Output { get; } = PipeWriter.Create(client.GetStream());
    }
}

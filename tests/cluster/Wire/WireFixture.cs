using System.Globalization;
using System.Security.Cryptography;
using Vault.Client;
using Vault.Tests.Server;
using Vault.Tests.Support;

namespace Vault.Cluster.Tests.Wire;

/// <summary>A silo and a gateway as processes that find each other in a Redis with a password; everything between them passes a recorder.</summary>
public sealed class WireFixture : IAsyncLifetime, IDisposable
{
    /// <summary>The cluster's id: every Orleans connection begins with it.</summary>
    public const string ClusterId = "a-cluster-id-that-must-not-be-seen";

    private readonly TemporaryFolder _folder = new();

    /// <summary>What passes between the silo's port for gateways and whoever connects to it.</summary>
    internal Recorder ToGateways { get; private set; } = null!; // xunit calls InitializeAsync first

    /// <summary>What passes between the silo's port for silos and whoever connects to it.</summary>
    internal Recorder ToSilos { get; private set; } = null!;

    /// <summary>The silo's port for gateways, past the recorder.</summary>
    public int GatewayPort { get; private set; }

    internal Azurite Azurite { get; private set; } = null!;

    /// <summary>Where silos keep everything but their keys; a gateway takes the half that is content.</summary>
    internal string[] Storage { get; private set; } = [];

    public RedisServer Redis { get; private set; } = null!;

    public ServerProgram Silo { get; private set; } = null!;

    public ServerProgram Gateway { get; private set; } = null!;

    /// <summary>Password of Redis, in a file.</summary>
    public string PasswordFile => File("redis-password");

    public ConnectOptions Options => new() { StateFolder = File("state") };

    /// <summary>The command line of every process of this cluster.</summary>
    public string[] Cluster =>
        ["--redis", Redis.Address, "--Vault:Cluster:RedisPasswordFile", PasswordFile, "--Vault:Cluster:Id", ClusterId, "--Vault:Cluster:MaxJoin", "00:00:05"];

    /// <summary>A path in the fixture's folder.</summary>
    public string File(params ReadOnlySpan<string> names) => _folder.File(names);

    public async Task InitializeAsync()
    {
        Directory.CreateDirectory(File("redis"));
        var password = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
        WritePrivate(PasswordFile, password);
        Redis = RedisServer.Start(File("redis"), "--auth", "Password", "--password", password);
        ClusterKeys.Make(File("data"));
        Azurite = await Azurite.StartAsync();
        Storage = Azurite.ServerOptions(_folder.Path);
        var (siloPort, gatewayPort) = (FreePort.Next(), FreePort.Next());
        GatewayPort = gatewayPort;
        (ToSilos, ToGateways) = (new Recorder(siloPort), new Recorder(gatewayPort));
        Silo = await ServerProgram.StartSiloAsync(
        [
            "--data", File("data"), .. Cluster, .. Storage,
            "--silo-port", Text(ToSilos.Port), "--Vault:Cluster:SiloListenPort", Text(siloPort),
            "--gateway-port", Text(ToGateways.Port), "--Vault:Cluster:GatewayListenPort", Text(gatewayPort),
        ]);
        Gateway = await ServerProgram.StartGatewayAsync(
            [.. Storage[4..], "--keys", File("data", "gateway.key"), "--listen", "127.0.0.1:0", .. Cluster]);
    }

    public async Task DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await Silo.DisposeAsync();
        await ToGateways.DisposeAsync();
        await ToSilos.DisposeAsync();
        Redis.Dispose();
        await Azurite.DisposeAsync();
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Writes a file that only this user may read.</summary>
    public static void WritePrivate(string path, string text)
    {
        System.IO.File.WriteAllText(path, text + "\n");
        if (!OperatingSystem.IsWindows())
        {
            System.IO.File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}

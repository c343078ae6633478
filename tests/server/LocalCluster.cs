using System.Globalization;
using Vault.Client;
using Vault.Tests.Support;
using Xunit;

namespace Vault.Tests.Server;

/// <summary>Three silos and two gateways as processes on loopback, with a Redis and the blob emulator: what an operator runs, small.</summary>
public sealed class LocalCluster : IAsyncDisposable
{
    private const int SiloCount = 3, GatewayCount = 2;

    // A part of what every process is told that is none of its own.
    private static readonly string[] Limits = ["--Vault:AnonymousBurst", "100000", "--Vault:AnonymousPerSecond", "10000"];

    private readonly TemporaryFolder _folder = new();
    private readonly ServerProgram[] _silos = new ServerProgram[SiloCount];
    private readonly ServerProgram[] _gateways = new ServerProgram[GatewayCount];
    private readonly int[] _siloPorts = new int[SiloCount * 2];
    private readonly int[] _gatewayPorts = new int[GatewayCount];
    private readonly string[] _options;
    private string[] _storage = [];

    private LocalCluster(string[] options) => _options = options;

    /// <summary>Holds the list of silos.</summary>
    public RedisServer Redis { get; private set; } = null!; // set by StartAsync, the only way here

    /// <summary>Holds everything else.</summary>
    public Azurite Azurite { get; private set; } = null!;

    /// <summary>The processes that hold grains.</summary>
    public IReadOnlyList<ServerProgram> Silos => _silos;

    /// <summary>The processes that clients connect to.</summary>
    public IReadOnlyList<ServerProgram> Gateways => _gateways;

    /// <summary>All gateways, with their one key.</summary>
    public ServerAddress Address => _gateways[0].Address with
    {
        Others = [.. _gateways.Skip(1).Select(gateway => (gateway.Address.Host, gateway.Address.Port))],
    };

    /// <summary>The containers of events and of contents.</summary>
    public (string State, string Content) Containers => (_storage[3], _storage[7]);

    /// <summary>Starts everything.</summary>
    /// <param name="options">More of every silo's command line.</param>
    public static async Task<LocalCluster> StartAsync(params string[] options)
    {
        var cluster = new LocalCluster(options);
        try
        {
            await cluster.StartProcessesAsync();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a silo that ended, on its ports.</summary>
    public async Task StartSiloAsync(int index)
    {
        if (_silos[index] is { } ended)
        {
            await ended.DisposeAsync();
        }

        _silos[index] = await ServerProgram.StartSiloAsync(
        [
            "--keys", File("keys", "silo.key"), "--data", File($"silo-{index}"), "--redis", Redis.Address, .. _storage,
            "--silo-port", Text(_siloPorts[index]), "--gateway-port", Text(_siloPorts[SiloCount + index]), .. Limits, .. _options,
        ]);
    }

    /// <summary>Starts a gateway that ended, on its port.</summary>
    public async Task StartGatewayAsync(int index)
    {
        if (_gateways[index] is { } ended)
        {
            await ended.DisposeAsync();
        }

        _gateways[index] = await ServerProgram.StartGatewayAsync(
        [
            "--keys", File("keys", "gateway.key"), "--redis", Redis.Address, .. _storage[4..],
            "--listen", $"127.0.0.1:{_gatewayPorts[index]}", .. Limits,
        ]);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        foreach (var program in _gateways.Concat(_silos).OfType<ServerProgram>()) // those that were started
        {
            await program.DisposeAsync();
        }

        Redis?.Dispose();
        if (Azurite is not null)
        {
            await Azurite.DisposeAsync();
        }

        _folder.Dispose();
    }

    private async Task StartProcessesAsync()
    {
        ClusterKeys.Make(File("keys"));
        Directory.CreateDirectory(File("redis"));
        Redis = RedisServer.Start(File("redis"));
        Azurite = await Azurite.StartAsync();
        _storage = Azurite.ServerOptions(_folder.Path);
        for (var index = 0; index < _siloPorts.Length; index++)
        {
            _siloPorts[index] = FreePort.Next();
        }

        for (var index = 0; index < GatewayCount; index++)
        {
            _gatewayPorts[index] = FreePort.Next();
        }

        await StartSiloAsync(0); // it makes the containers
        await Task.WhenAll(Enumerable.Range(1, SiloCount - 1).Select(StartSiloAsync));
        await Task.WhenAll(Enumerable.Range(0, GatewayCount).Select(StartGatewayAsync));
    }

    private string File(params ReadOnlySpan<string> names) => _folder.File(names);

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}

/// <summary>One cluster for the tests of a class.</summary>
public sealed class ClusterFixture : IAsyncLifetime
{
    /// <summary>The cluster.</summary>
    public LocalCluster Cluster { get; private set; } = null!; // set before the first test

    /// <inheritdoc />
    public async Task InitializeAsync() => Cluster = await LocalCluster.StartAsync();

    /// <inheritdoc />
    public async Task DisposeAsync() => await Cluster.DisposeAsync();
}

using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Vault.Gateway;
using Vault.Gateway.Hosting;
using Vault.Gateway.Keys;
using Vault.Gateway.Operations;
using Vault.Grains;
using Vault.Protocol;
using GatewayOptions = Vault.Gateway.GatewayOptions;

namespace Vault.Silo;

/// <summary>A started server on a local directory. Disposing it stops it and gives the folder back.</summary>
public sealed class VaultServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly DataFolder _data;
    private readonly GatewayKeys? _keys;

    private VaultServer(WebApplication app, DataFolder data, GatewayKeys? keys, GatewayOptions gateway, ClusterMember member, bool hasOperations)
    {
        _app = app;
        Operations = hasOperations ? app.Services.OperationsAddress() : null;
        _data = data;
        _keys = keys;
        ListenAddress = HasGateway ? gateway.ListenEndPoint().Address : member.Address;
        Port = HasGateway ? app.Services.ListeningPort() : member.GatewayPort;
    }

    /// <summary>Whether clients can connect to this process.</summary>
    public bool HasGateway => _keys is not null;

    /// <summary>The address that clients connect to; without a gateway, the one that gateways connect to.</summary>
    public IPAddress ListenAddress { get; }

    /// <summary>The port that clients connect to; without a gateway, the one that gateways connect to.</summary>
    public int Port { get; }

    /// <summary>The server's identity.</summary>
    /// <exception cref="InvalidOperationException">This process has no gateway.</exception>
    public ServerKey ServerKey => _keys?.ServerKey ?? throw new InvalidOperationException("A silo alone has no key towards clients.");

    /// <summary>The port for operators; null where it is off.</summary>
    public Uri? Operations { get; }

    /// <summary>Full path of the data folder.</summary>
    public string DataPath => _data.Path;

    /// <summary>What runs inside; for tests.</summary>
    internal IServiceProvider Services => _app.Services;

    /// <summary>Starts a server with the options of the command line (see the README) and listens.</summary>
    /// <param name="args">For instance <c>--data</c> and <c>--listen</c>.</param>
    /// <param name="time">The silo's clock; the system's unless a test brings another.</param>
    /// <param name="content">What a test puts in front of the content store; null for nothing.</param>
    /// <param name="stop">What a process obeys while it starts; null where nobody asks it to stop.</param>
    /// <exception cref="OptionsException">A setting cannot be used.</exception>
    /// <exception cref="Vault.Storage.StorageException">The data folder is in use or cannot be written.</exception>
    /// <exception cref="KeyFileException">A key file is missing or cannot be used.</exception>
    public static async Task<VaultServer> StartAsync(
        string[] args, TimeProvider? time = null, Func<Storage.IBlobStore, Storage.IBlobStore>? content = null,
        StopRequest? stop = null)
    {
        var builder = Startup.CreateBuilder(args, stop);
        var options = builder.Configuration.Options<SiloOptions>();
        var gateway = builder.Configuration.Options<GatewayOptions>();
        var role = options.Validate();
        gateway.Validate();
        GrainSettings.Add(builder, Path.GetFullPath(options.Data), PublicAddressOf(gateway, role));
        if (options.Cluster.HasRedis)
        {
            await RedisServers.RequireAsync(options.Cluster);
        }

        var storage = builder.Configuration.Options<StorageSettings>(StorageSettings.Section);
        if (options.Cluster.HasRedis && storage.HasLocalContent)
        {
            throw new OptionsException(
                "Vault:Cluster:Redis is set, so several silos share one storage, and a local folder belongs to one process. "
                + "Set Vault:Storage:State and Vault:Storage:Content.");
        }

        var data = await DataFolder.OpenAsync(options.Data, options.Keys, alone: role == SiloRole.All, storage);
        GatewayKeys? keys = null;
        WebApplication? app = null;
        try
        {
            var member = await ClusterMember.ReadAsync(options, role);
            var operations = options.Ops.EndPoint(role == SiloRole.All ? gateway.ListenEndPoint() : null);
            AddSilo(builder, options, data, member, time, content?.Invoke(data.Stores.Content) ?? data.Stores.Content);
            builder.Services.AddVaultTelemetry(options.Telemetry, "vault-silo");
            if (operations is not null)
            {
                builder.AddVaultOperations(operations).AddCheck<SiloCheck>("silo");
            }

            if (role == SiloRole.All)
            {
                keys = GatewayKeys.Open(data.GatewayKeyPath);
                builder.AddVaultGateway(gateway, keys);
            }
            else if (operations is null)
            {
                builder.Services.AddSingleton<IServer, NoServer>(); // in Kestrel's place
            }

            app = builder.Build();
            if (operations is not null)
            {
                app.MapVaultOperations(endpoints => Dashboard.Map(endpoints, options.Ops));
            }

            if (role == SiloRole.All)
            {
                app.MapVaultGateway();
            }

            await StartAsync(app, options.Cluster);
            return new VaultServer(app, data, keys, gateway, member, operations is not null);
        }
        catch
        {
            await GiveUpAsync(app, keys, data);
            throw;
        }
    }

    /// <summary>Ends when the process is asked to stop.</summary>
    public Task WaitForShutdownAsync() => _app.WaitForShutdownAsync();

    /// <summary>Drains what runs, at most 10 s, and gives everything back.</summary>
    public async ValueTask DisposeAsync() => await StopAsync(_app, _keys, _data);

    private static async Task StartAsync(WebApplication app, ClusterSettings cluster)
    {
        try
        {
            await app.StartAsync();
        }
        catch (Orleans.Runtime.MembershipService.OrleansClusterConnectivityCheckFailedException error)
        {
            throw new OptionsException(
                $"This silo cannot reach the others of cluster '{cluster.Id}'. Either its key file has another silo-silo-key than theirs, "
                + $"or there is no way to their addresses, or from them to Vault:Cluster:Address, {cluster.Address}. ({error.Message})");
        }
    }

    // What stopped the start is what there is to tell; a silo that was not started yet also objects to being stopped.
    private static async Task GiveUpAsync(WebApplication? app, GatewayKeys? keys, DataFolder data)
    {
        try
        {
            await StopAsync(app, keys, data);
        }
        catch (InvalidOperationException)
        {
        }
    }

    private static async Task StopAsync(WebApplication? app, GatewayKeys? keys, DataFolder data)
    {
        try
        {
            if (app is not null)
            {
                await using (app)
                {
                    await app.StopAsync();
                }
            }
        }
        finally
        {
            keys?.Dispose();
            data.Dispose();
        }
    }

    private static void AddSilo(
        WebApplicationBuilder builder, SiloOptions options, DataFolder data, ClusterMember member, TimeProvider? time, Storage.IBlobStore content)
    {
        builder.Services.AddSingleton(data.Stores.Events);
        builder.Services.AddKeyedSingleton(BlobStores.Accounts, data.Stores.Accounts);
        builder.Services.AddKeyedSingleton(BlobStores.Content, content);
        builder.Services.AddSingleton(data.SiloKeys.Keys);
        if (time is not null)
        {
            builder.Services.AddSingleton(time);
        }

        builder.Host.UseOrleans(silo =>
        {
            silo.AddVaultGrains();
            member.Configure(silo, options.Cluster, data.SiloKeys);
            Dashboard.Add(silo, options.Ops);
            if (options.Telemetry.Otlp.Length > 0)
            {
                silo.AddActivityPropagation();
            }
        });
    }

    // What people on this machine type; a server that listens to others is told by what name they know it. What a silo alone would listen
    // on is no gateway's address.
    private static string? PublicAddressOf(GatewayOptions gateway, SiloRole role) => role == SiloRole.All
        && gateway.ListenEndPoint() is { Port: not 0 } listen && IPAddress.IsLoopback(listen.Address)
            ? $"localhost:{listen.Port}"
            : null;
}

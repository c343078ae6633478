using System.Net;
using System.Net.Sockets;
using Orleans.Configuration;
using Vault.Gateway;
using Vault.Gateway.Hosting;

namespace Vault.Silo;

/// <summary>Where a silo stands in its cluster: its ports, and how it and the others watch each other.</summary>
/// <param name="Address">Where other processes reach it.</param>
/// <param name="Listen">What it listens on.</param>
/// <param name="SiloPort">For silos.</param>
/// <param name="GatewayPort">For gateways; 0 for none.</param>
internal sealed record ClusterMember(IPAddress Address, IPAddress Listen, int SiloPort, int GatewayPort)
{
    // Measured: a silo that is killed is declared dead in about 3 s, and one that pauses for less than 2 s is not.
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(1);
    private const int MissedProbes = 2, Votes = 2;

    /// <summary>Reads the place from the options; ports that are not given are free ones.</summary>
    /// <exception cref="OptionsException">A setting cannot be used.</exception>
    public static async Task<ClusterMember> ReadAsync(SiloOptions options, SiloRole role)
    {
        var address = await options.Cluster.ResolveAddressAsync();
        return new ClusterMember(
            address, options.Cluster.ListenOn(address), PortOrFree(options.SiloPort, address),
            role == SiloRole.Silo ? PortOrFree(options.GatewayPort, address) : 0);
    }

    /// <summary>Makes the silo a member: of the cluster in Redis, or of one of its own.</summary>
    public void Configure(ISiloBuilder silo, ClusterSettings cluster, SiloKeyFile keys)
    {
        if (cluster.HasRedis)
        {
            silo.Services.AddSingleton<IFatalErrorHandler, ExpelledSilo>();
            silo.Services.AddCallRetry();
            PauseGuard.Add(silo.Services);
            UseDirectory(silo);
            silo.UseRedisClustering(redis => redis.ConfigurationOptions = RedisServers.Configure(cluster));
        }
        else
        {
            silo.UseLocalhostClustering(SiloPort, GatewayPort);
        }

        silo.Configure<ClusterOptions>(options => (options.ServiceId, options.ClusterId) = (ClusterWire.Name, cluster.Id));
        silo.Configure<EndpointOptions>(endpoint =>
        {
            endpoint.AdvertisedIPAddress = Address;
            endpoint.SiloPort = SiloPort;
            endpoint.GatewayPort = GatewayPort;
            endpoint.SiloListeningEndpoint = new IPEndPoint(Listen, cluster.SiloListenPort == 0 ? SiloPort : cluster.SiloListenPort);
            endpoint.GatewayListeningEndpoint = GatewayPort == 0
                ? null
                : new IPEndPoint(Listen, cluster.GatewayListenPort == 0 ? GatewayPort : cluster.GatewayListenPort);
        });
        silo.Configure<ClusterMembershipOptions>(membership =>
        {
            membership.ProbeTimeout = ProbeTimeout;
            membership.NumMissedProbesLimit = MissedProbes;
            membership.NumVotesForDeathDeclaration = Votes;
            membership.TableRefreshTimeout = ClusterWire.TableRefresh;
            membership.IAmAliveTablePublishTimeout = ClusterWire.TableRefresh;
            // A silo that cannot reach the others has another key than they, or no way to them: it must not stay, nor vote them out.
            membership.MaxJoinAttemptTime = cluster.MaxJoin;
            membership.EvictWhenMaxJoinAttemptTimeExceeded = false;
        });
        silo.Configure<SiloMessagingOptions>(messaging => messaging.ResponseTimeout = ClusterWire.ResponseTimeout);
        silo.Configure<ConnectionOptions>(connection => connection.OpenConnectionTimeout = ClusterWire.ConnectTimeout);
        silo.Configure<SiloConnectionOptions>(connection =>
        {
            connection.ConfigureSiloInboundConnection(wire => ClusterWire.UseKey(wire, keys.BetweenSilos, initiator: false));
            connection.ConfigureSiloOutboundConnection(wire => ClusterWire.UseKey(wire, keys.BetweenSilos, initiator: true));
            connection.ConfigureGatewayInboundConnection(wire => ClusterWire.UseKey(wire, keys.ToGateways, initiator: false));
        });
    }

    /// <summary>
    /// Where each grain lives is known to several silos. The default directory, when a silo dies, ends every grain elsewhere that this silo knew
    /// the place of, in the middle of its work; this one asks the others what they have instead. A grain that the dead silo had may live
    /// elsewhere at once, and not after a lease: its stream refuses a writer that is not the last.
    /// </summary>
    private static void UseDirectory(ISiloBuilder silo)
    {
#pragma warning disable ORLEANSEXP003 // Its own protocol between silos may change with Orleans' version; a cluster is then stopped for the upgrade.
        silo.AddDistributedGrainDirectory();
#pragma warning restore ORLEANSEXP003
        silo.Configure<GrainDirectoryOptions>(directory => directory.RangeLeaseDuration = TimeSpan.Zero);
    }

    private static int PortOrFree(int port, IPAddress address)
    {
        if (port != 0)
        {
            return port;
        }

        using var listener = new TcpListener(address, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

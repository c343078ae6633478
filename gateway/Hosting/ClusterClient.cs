using System.Net;
using Orleans.Configuration;
using Orleans.Serialization;
using Vault.Gateway.Keys;
using Vault.Grains.Interfaces;

namespace Vault.Gateway.Hosting;

/// <summary>A gateway's way to the silos: an Orleans client over the cluster's own Noise key.</summary>
public static class ClusterClient
{
    // A cluster's processes start in any order.
    private static readonly TimeSpan SiloWait = TimeSpan.FromSeconds(15), RetryDelay = TimeSpan.FromMilliseconds(500);

    /// <summary>Adds the client. Silos are looked up in Redis, or are the ones named.</summary>
    /// <param name="host">The gateway's host.</param>
    /// <param name="silos">Addresses of silos' ports for gateways; empty to look them up.</param>
    /// <param name="cluster">Where to look them up.</param>
    /// <param name="keys">Has the key of connections between gateways and silos.</param>
    public static void UseVaultCluster(this IHostBuilder host, IReadOnlyList<IPEndPoint> silos, ClusterSettings cluster, GatewayKeys keys)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(silos);
        ArgumentNullException.ThrowIfNull(cluster);
        ArgumentNullException.ThrowIfNull(keys);
        host.UseOrleansClient(client =>
        {
            if (cluster.HasRedis)
            {
                client.UseRedisClustering(redis => redis.ConfigurationOptions = RedisServers.Configure(cluster));
            }
            else
            {
                client.UseStaticClustering([.. silos]);
            }

            var end = Environment.TickCount64 + (long)SiloWait.TotalMilliseconds;
            client.UseConnectionRetryFilter(async (_, stop) =>
            {
                await Task.Delay(RetryDelay, stop);
                return Environment.TickCount64 < end;
            });
            client.Services.AddSerializer(serializer => serializer.AddVaultProtocol());
            client.Configure<ClusterOptions>(options => (options.ServiceId, options.ClusterId) = (ClusterWire.Name, cluster.Id));
            client.Configure<ClientMessagingOptions>(messaging => messaging.ResponseTimeout = ClusterWire.ClientResponseTimeout);
            client.Configure<Orleans.Configuration.GatewayOptions>(gateways => gateways.GatewayListRefreshPeriod = ClusterWire.TableRefresh);
            client.Configure<ConnectionOptions>(connection => connection.OpenConnectionTimeout = ClusterWire.ConnectTimeout);
            var links = new SiloLinks();
            client.Configure<ClientConnectionOptions>(connection => connection.ConfigureConnection(wire =>
            {
                ClusterWire.UseKey(wire, keys.ClusterKey, initiator: true);
                links.Watch(wire);
            }));
            client.Services.AddCallRetry(CallPatience.OfGateway, _ => () => links.Lost);
            client.AddActivityPropagation();
        });
    }

    /// <summary>Makes calls among grains be asked again, or given up when this silo is asked to stop.</summary>
    public static void AddCallRetry(this IServiceCollection services) => services.AddCallRetry(CallPatience.OfGrain, provider =>
    {
        var stopping = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        provider.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(stopping.SetResult);
        return () => stopping.Task;
    });

    private static void AddCallRetry(this IServiceCollection services, CallPatience patience, Func<IServiceProvider, Func<Task>> lost) =>
        services.AddSingleton<IOutgoingGrainCallFilter>(provider => new CallRetry(
            patience, lost(provider), TimeProvider.System, provider.GetRequiredService<ILogger<CallRetry>>()));
}

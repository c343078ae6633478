using System.Net;
using Orleans.Configuration;
using Orleans.Serialization;
using Vault.Gateway.Hosting;
using Vault.Gateway.Keys;
using Vault.Grains.Interfaces;
using Vault.Storage;
using Vault.Storage.Azure;
using Vault.Storage.Local;

namespace Vault.Gateway;

/// <summary>The gateway as a process of its own: an Orleans client beside the silos.</summary>
internal static class Program
{
    // A cluster's processes start in any order.
    private static readonly TimeSpan SiloWait = TimeSpan.FromSeconds(15), RetryDelay = TimeSpan.FromMilliseconds(500);

    private static Task<int> Main(string[] args) => Startup.RunAsync(async () =>
    {
        var builder = Startup.CreateBuilder(args);
        var configuration = builder.Configuration.GetSection(GatewayOptions.Section);
        var options = builder.Configuration.Options<GatewayOptions>();
        options.Validate();
        using var keys = GatewayKeys.Open(Required(configuration, "Keys", "the gateways' key file", "--keys"));
        var storage = builder.Configuration.Options<StorageSettings>(StorageSettings.Section);
        using var content = await OpenContentAsync(storage, configuration);
        var silo = Required(configuration, "Silo", "the silo's gateway address, for instance 127.0.0.1:30000", "--silo");
        if (!IPEndPoint.TryParse(silo, out var endPoint))
        {
            throw new OptionsException($"Vault:Silo is '{silo}', which is no address with a port.");
        }

        builder.Services.AddKeyedSingleton<IBlobStore>(ContentStore.Key, content.Store);
        builder.AddVaultGateway(options, keys);
        builder.Host.UseOrleansClient(client =>
        {
            client.UseStaticClustering(endPoint);
            var end = Environment.TickCount64 + (long)SiloWait.TotalMilliseconds;
            client.UseConnectionRetryFilter(async (_, stop) =>
            {
                await Task.Delay(RetryDelay, stop);
                return Environment.TickCount64 < end;
            });
            client.Services.AddSerializer(serializer => serializer.AddVaultProtocol());
            client.Configure<ClusterOptions>(cluster => cluster.ServiceId = cluster.ClusterId = ClusterWire.Name);
            client.Configure<ClientMessagingOptions>(messaging => messaging.ResponseTimeout = ClusterWire.ResponseTimeout);
            client.Configure<ClientConnectionOptions>(connection => connection.ConfigureConnection(
                wire => ClusterWire.UseKey(wire, keys.ClusterKey, initiator: true)));
        });

        await using var app = builder.Build();
        app.MapVaultGateway();
        await StartAsync(app, endPoint);
        Console.WriteLine($"Vault gateway listening on {options.ListenEndPoint().Address}:{app.Services.ListeningPort()}");
        Console.WriteLine($"Server key {keys.ServerKey}");
        await app.WaitForShutdownAsync();
    });

    private static async Task<OpenedContent> OpenContentAsync(StorageSettings storage, IConfiguration configuration)
    {
        if (storage.HasLocalContent)
        {
            var folder = LocalDataFolder.Open(Required(configuration, "Data", "the content folder", "--data"));
            return new OpenedContent(new LocalBlobStore(folder), folder);
        }

        var container = await storage.OpenContentAsync();
        return new OpenedContent(new AzureBlobStore(container), container);
    }

    private static async Task StartAsync(WebApplication app, IPEndPoint silo)
    {
        try
        {
            await app.StartAsync();
        }
        catch (OrleansException error)
        {
            throw new OptionsException(
                $"No silo answers at {silo}, or its key file has another gateway-silo-key than this gateway's. ({error.Message})");
        }
    }

    private static string Required(IConfiguration configuration, string name, string what, string option) =>
        configuration[name] is { Length: > 0 } value
            ? value
            : throw new OptionsException($"Vault:{name} is missing: say which is {what} with {option}.");

    private sealed record OpenedContent(IBlobStore Store, IDisposable Place) : IDisposable
    {
        public void Dispose() => Place.Dispose();
    }
}

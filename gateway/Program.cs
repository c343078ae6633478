using Vault.Gateway.Hosting;
using Vault.Gateway.Keys;
using Vault.Gateway.Operations;
using Vault.Storage;
using Vault.Storage.Azure;
using Vault.Storage.Local;

namespace Vault.Gateway;

/// <summary>The gateway as a process of its own: an Orleans client beside the silos.</summary>
internal static class Program
{
    private static Task<int> Main(string[] args) => Startup.RunAsync(() => StopRequest.ObeyAsync(async stop =>
    {
        var builder = Startup.CreateBuilder(args, stop);
        var options = builder.Configuration.Options<GatewayOptions>();
        options.Validate();
        var process = builder.Configuration.Options<GatewayProcessOptions>();
        var silos = process.Validate();
        using var keys = GatewayKeys.Open(process.Keys);
        using var content = await OpenContentAsync(builder.Configuration.Options<StorageSettings>(StorageSettings.Section), process);
        if (process.Cluster.HasRedis)
        {
            await RedisServers.RequireAsync(process.Cluster);
        }

        builder.Services.AddKeyedSingleton<IBlobStore>(ContentStore.Key, content.Store);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.AddVaultGateway(options, keys);
        builder.Host.UseVaultCluster(silos, process.Cluster, keys);
        builder.Services.AddVaultTelemetry(process.Telemetry, "vault-gateway");
        var operations = process.Ops.EndPoint(options.ListenEndPoint());
        if (operations is not null)
        {
            builder.AddVaultOperations(operations).AddCheck<SilosCheck>("silos");
        }

        await using var app = builder.Build();
        if (operations is not null)
        {
            app.MapVaultOperations();
        }

        app.MapVaultGateway();
        await StartAsync(app, process);
        Console.WriteLine($"Vault gateway listening on {options.ListenEndPoint().Address}:{app.Services.ListeningPort()}");
        Console.WriteLine($"Server key {keys.ServerKey}");
        if (operations is not null)
        {
            Console.WriteLine($"Health {new Uri(app.Services.OperationsAddress(), OperationsPort.Ready)}");
        }

        await app.WaitForShutdownAsync();
    }));

    private static async Task<OpenedContent> OpenContentAsync(StorageSettings storage, GatewayProcessOptions options)
    {
        if (storage.HasLocalContent)
        {
            GatewayProcessOptions.Require(nameof(options.Data), options.Data, "the content folder", "--data");
            var folder = LocalDataFolder.Open(options.Data);
            return new OpenedContent(new LocalBlobStore(folder), folder);
        }

        var container = await storage.OpenContentAsync();
        return new OpenedContent(new AzureBlobStore(container), container);
    }

    private static async Task StartAsync(WebApplication app, GatewayProcessOptions options)
    {
        try
        {
            await app.StartAsync();
        }
        catch (OrleansException error)
        {
            throw new OptionsException(
                (options.Cluster.HasRedis
                    ? $"No silo of cluster '{options.Cluster.Id}' in Redis at {options.Cluster.Redis} answers"
                    : $"No silo answers at {options.Silo}")
                + $", or its key file has another gateway-silo-key than this gateway's. ({error.Message})");
        }
    }

    private sealed record OpenedContent(IBlobStore Store, IDisposable Place) : IDisposable
    {
        public void Dispose() => Place.Dispose();
    }
}

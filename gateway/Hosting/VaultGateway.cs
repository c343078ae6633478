using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Vault.Gateway.Channel;
using Vault.Gateway.Endpoints;
using Vault.Gateway.Keys;
using Vault.Protocol;

namespace Vault.Gateway.Hosting;

/// <summary>Puts a gateway into a host: its own executable, or the silo's in one process.</summary>
public static class VaultGateway
{
    private const int ConnectionWindow = 16 * 1024 * 1024, StreamWindow = 8 * 1024 * 1024, MaxFrame = 64 * 1024;

    /// <summary>Adds the listener and the endpoints' services. The host brings an <see cref="IGrainFactory"/> and the content store.</summary>
    public static void AddVaultGateway(this WebApplicationBuilder builder, GatewayOptions options, GatewayKeys keys)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(keys);
        options.Validate();
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton<TransferBudget>();
        builder.Services.AddSingleton<ContentStore>();
        builder.Services.AddSingleton<AnonymousLimit>();
        builder.Services.AddSingleton<AccountEndpoints>();
        builder.Services.AddSingleton<RecoveryEndpoints>();
        builder.Services.AddSingleton<KeyEndpoints>();
        builder.Services.AddSingleton<SecondFactorEndpoints>();
        builder.Services.AddSingleton<AccessEndpoints>();
        builder.Services.AddSingleton<FileEndpoints>();
        builder.Services.AddSingleton<ShareEndpoints>();
        builder.Services.AddSingleton<ContactEndpoints>();
        builder.Services.AddSingleton<HistoryEndpoints>();
        builder.Services.AddSingleton<SendEndpoints>();
        builder.Services.AddSingleton<SendBatchEndpoint>();
        builder.Services.AddRoutingCore();
        builder.Services.TryAddSingleton<Listeners>();
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>, BlockPool.Factory>();
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddHostedService<IdleTrim>();
        builder.WebHost.ConfigureKestrel(kestrel => Configure(kestrel, options, keys));
    }

    /// <summary>Adds the endpoints.</summary>
    public static void MapVaultGateway(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.UseMiddleware<ProblemMiddleware>();
        app.Services.GetRequiredService<AccountEndpoints>().Map(app);
        app.Services.GetRequiredService<RecoveryEndpoints>().Map(app);
        app.Services.GetRequiredService<KeyEndpoints>().Map(app);
        app.Services.GetRequiredService<SecondFactorEndpoints>().Map(app);
        app.Services.GetRequiredService<AccessEndpoints>().Map(app);
        app.Services.GetRequiredService<FileEndpoints>().Map(app);
        app.Services.GetRequiredService<ShareEndpoints>().Map(app);
        app.Services.GetRequiredService<ContactEndpoints>().Map(app);
        app.Services.GetRequiredService<HistoryEndpoints>().Map(app);
        app.Services.GetRequiredService<SendEndpoints>().Map(app);
        app.Services.GetRequiredService<SendBatchEndpoint>().Map(app);
    }

    /// <summary>The port that a started gateway listens on.</summary>
    public static int ListeningPort(this IServiceProvider services)
    {
        ArgumentNullException.ThrowIfNull(services);
        return Listeners.EndPoint(services.GetRequiredService<Listeners>().Clients).Port;
    }

    private static void Configure(KestrelServerOptions kestrel, GatewayOptions options, GatewayKeys keys)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = options.MaxConnections;
        kestrel.Limits.MaxRequestBodySize = Math.Max(SendBatch.MaxBodyLength + (4L * SendBatch.MaxItems), PartLayout.MaxPartSize + PartLayout.NonceLength);
        kestrel.Limits.Http2.InitialConnectionWindowSize = ConnectionWindow;
        kestrel.Limits.Http2.InitialStreamWindowSize = StreamWindow;
        kestrel.Limits.Http2.MaxFrameSize = MaxFrame;
        kestrel.Limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(60);
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromMinutes(10);
        kestrel.Listen(options.ListenEndPoint(), listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            kestrel.ApplicationServices.GetRequiredService<Listeners>().Clients = listen;
            listen.UseNoise(new NoiseOptions { StaticKey = keys.StaticKey, MaxConnectionsPerAddress = options.MaxConnectionsPerAddress });
            listen.Use(next => connection =>
            {
                if (connection.Features.Get<INoiseConnectionFeature>() is { } noise)
                {
                    connection.Features.Set(new ConnectionClaims(noise));
                }

                return next(connection);
            });
        });
    }
}

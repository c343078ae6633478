using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Vault.Gateway.Channel;
using Vault.Gateway.Hosting;

namespace Vault.Gateway.Operations;

/// <summary>Health, and what else the silo maps, on an HTTP port of its own that clients have no way to.</summary>
public static class OperationsPort
{
    /// <summary>Answers as long as the process runs.</summary>
    public const string Live = "/health/live";

    /// <summary>Answers 200 while requests may be sent here, and 503 before and after.</summary>
    public const string Ready = "/health/ready";

    /// <summary>Adds the listener and the checks that both executables have.</summary>
    /// <param name="builder">The host.</param>
    /// <param name="endPoint">Where to listen.</param>
    public static IHealthChecksBuilder AddVaultOperations(this WebApplicationBuilder builder, IPEndPoint endPoint)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(endPoint);
        builder.Services.AddRoutingCore();
        builder.Services.TryAddSingleton<Listeners>();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(endPoint, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                kestrel.ApplicationServices.GetRequiredService<Listeners>().Operations = listen;
            });
        });
        return builder.Services.AddHealthChecks()
            .AddCheck<StoppingCheck>("stopping")
            .AddCheck<StorageCheck>("storage");
    }

    /// <summary>Maps the endpoints of this port; nothing of the vault's own is reachable there, and nothing of this at the clients'.</summary>
    /// <param name="app">The host.</param>
    /// <param name="more">More endpoints for this port.</param>
    public static void MapVaultOperations(this WebApplication app, Action<IEndpointRouteBuilder>? more = null)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.Use((http, next) =>
        {
            var isOperators = http.GetEndpoint()?.Metadata.GetMetadata<OperatorsOnly>() is not null;
            if (isOperators == http.Features.Get<INoiseConnectionFeature>() is not null)
            {
                http.SetEndpoint(null); // it is no endpoint of this port
            }

            return next(http);
        });
        var operators = app.MapGroup("").WithMetadata(new OperatorsOnly());
        operators.MapHealthChecks(Live, new HealthCheckOptions { Predicate = _ => false, ResponseWriter = WriteAsync });
        operators.MapHealthChecks(Ready, new HealthCheckOptions { ResponseWriter = WriteAsync });
        more?.Invoke(operators);
    }

    /// <summary>Where a started host listens for operators.</summary>
    public static Uri OperationsAddress(this IServiceProvider services)
    {
        ArgumentNullException.ThrowIfNull(services);
        return new Uri($"http://{Listeners.EndPoint(services.GetRequiredService<Listeners>().Operations)}");
    }

    // What is well and what is not; never why: an exception may say more than whoever reaches this port should read.
    private static async Task WriteAsync(HttpContext http, HealthReport report)
    {
        http.Response.ContentType = "application/json";
        using var json = new Utf8JsonWriter(http.Response.BodyWriter);
        json.WriteStartObject();
        json.WriteString("status", report.Status.ToString());
        json.WriteStartObject("checks");
        foreach (var (name, entry) in report.Entries)
        {
            json.WriteString(name, entry.Status.ToString());
        }

        json.WriteEndObject();
        json.WriteEndObject();
        await json.FlushAsync();
    }

    private sealed class OperatorsOnly;
}

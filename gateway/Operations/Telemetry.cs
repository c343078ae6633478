using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Vault.Gateway.Operations;

/// <summary>Where metrics and traces go; section <c>Vault:Telemetry</c> of the configuration. Nowhere unless told otherwise.</summary>
public sealed class TelemetrySettings
{
    /// <summary>The collector's address, for instance <c>http://127.0.0.1:4317</c>; empty to send nothing.</summary>
    public string Otlp { get; set; } = "";

    /// <summary><c>grpc</c> or <c>http</c>.</summary>
    public string Protocol { get; set; } = "grpc";

    /// <exception cref="OptionsException">A value means nothing; the message names it.</exception>
    internal (Uri Collector, OtlpExportProtocol Protocol)? Validate()
    {
        if (Otlp.Length == 0)
        {
            return null;
        }

        if (!Uri.TryCreate(Otlp, UriKind.Absolute, out var collector) || collector.Scheme is not ("http" or "https"))
        {
            throw new OptionsException($"Vault:Telemetry:Otlp is '{Otlp}'; it must be the address of a collector. Say for instance http://127.0.0.1:4317.");
        }

        return Protocol.ToLowerInvariant() switch
        {
            "grpc" => (collector, OtlpExportProtocol.Grpc),
            "http" => (collector, OtlpExportProtocol.HttpProtobuf),
            _ => throw new OptionsException($"Vault:Telemetry:Protocol is '{Protocol}'; it must be grpc or http."),
        };
    }
}

/// <summary>OpenTelemetry for both executables: Orleans', Kestrel's and the vault's own metrics, and traces of requests and grain calls.</summary>
public static class Telemetry
{
    private static readonly string[] Meters =
        ["Vault", "Microsoft.Orleans", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime"];

    private static readonly string[] Sources = ["Microsoft.AspNetCore", "Microsoft.Orleans.Runtime", "Microsoft.Orleans.Application"];

    /// <summary>Adds what the settings ask for.</summary>
    /// <exception cref="OptionsException">A value means nothing; the message names it.</exception>
    public static void AddVaultTelemetry(this IServiceCollection services, TelemetrySettings settings, string service)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(settings);
        if (settings.Validate() is not { } target)
        {
            return;
        }

        services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(
                service, serviceVersion: typeof(Telemetry).Assembly.GetName().Version?.ToString(3),
                serviceInstanceId: $"{Environment.MachineName}-{Environment.ProcessId}"))
            .WithMetrics(metrics => metrics.AddMeter(Meters))
            .WithTracing(tracing => tracing.AddSource(Sources).AddProcessor<PersonalDataProcessor>())
            .UseOtlpExporter(target.Protocol, target.Collector);
    }
}

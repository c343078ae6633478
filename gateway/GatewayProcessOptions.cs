using System.Net;
using Vault.Gateway.Hosting;
using Vault.Gateway.Operations;

namespace Vault.Gateway;

/// <summary>What a gateway that is a process of its own takes from the section <c>Vault</c> of the configuration, beside <see cref="GatewayOptions"/>.</summary>
internal sealed class GatewayProcessOptions
{
    /// <summary>The gateways' key file.</summary>
    public string Keys { get; set; } = "";

    /// <summary>The content folder that is shared with the silo on this machine.</summary>
    public string Data { get; set; } = "";

    /// <summary>Ports for gateways of silos that are always there, with commas between; empty where they are looked up in Redis.</summary>
    public string Silo { get; set; } = "";

    /// <summary>Where silos are looked up.</summary>
    public ClusterSettings Cluster { get; set; } = new();

    /// <summary>The HTTP port for operators.</summary>
    public OperationsSettings Ops { get; set; } = new();

    /// <summary>Where metrics and traces go.</summary>
    public TelemetrySettings Telemetry { get; set; } = new();

    /// <summary>Checks every value.</summary>
    /// <returns>The silos that <see cref="Silo"/> names.</returns>
    /// <exception cref="OptionsException">A value is missing or means nothing; the message names it.</exception>
    public IReadOnlyList<IPEndPoint> Validate()
    {
        Require(nameof(Keys), Keys, "the gateways' key file", "--keys");
        Cluster.Validate();
        if (Cluster.HasRedis == Silo.Length > 0)
        {
            throw new OptionsException(Cluster.HasRedis
                ? "Vault:Silo and Vault:Cluster:Redis are both there. Leave --silo out: silos are looked up in Redis."
                : "Vault:Silo is missing: say where the silo's port for gateways is, for instance --silo 127.0.0.1:30000, or where silos are looked up, with --redis.");
        }

        return [.. Silo.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Parse)];
    }

    internal static void Require(string name, string value, string what, string option)
    {
        if (value.Length == 0)
        {
            throw new OptionsException($"Vault:{name} is missing: say which is {what} with {option}.");
        }
    }

    private static IPEndPoint Parse(string silo) =>
        silo.Contains(':', StringComparison.Ordinal) && IPEndPoint.TryParse(silo, out var endPoint)
            ? endPoint
            : throw new OptionsException($"Vault:Silo has '{silo}', which is no address with a port. Say for instance 127.0.0.1:30000.");
}

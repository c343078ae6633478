using System.Security.Cryptography;
using Vault.Gateway;
using Vault.Gateway.Keys;

namespace Vault.Silo.Admin;

/// <summary>Makes and shows the key files. What is shown is public; secrets are neither printed nor compared in the open.</summary>
internal static class KeysCommand
{
    private const string SiloFile = "silo.key", GatewayFile = "gateway.key";

    /// <summary>Makes both files of a new vault.</summary>
    /// <exception cref="KeyFileException">One of them is there already, or cannot be written.</exception>
    public static void Make(string folder, TextWriter output)
    {
        var (silo, gateway) = (Path.Combine(folder, SiloFile), Path.Combine(folder, GatewayFile));
        if (File.Exists(silo) || File.Exists(gateway))
        {
            throw new KeyFileException($"{folder} has key files already. Keys are never replaced: new ones would lock everyone out.");
        }

        try
        {
            Storage.Local.PrivateFile.CreateFolder(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new KeyFileException($"{folder} cannot be made: {error.Message}", error);
        }

        GatewayKeys.Create(gateway);
        using var keys = GatewayKeys.Open(gateway);
        SiloKeyFile.Create(silo, keys.ClusterKey);
        output.WriteLine($"{silo}      for silos only. Back it up: it cannot be replaced");
        output.WriteLine($"{gateway}   for gateways, and for nobody else");
        output.WriteLine($"Server key {keys.ServerKey}");
    }

    /// <summary>Says what the files in a folder are, and whether they belong together.</summary>
    /// <exception cref="KeyFileException">A file cannot be used; the message says why.</exception>
    public static void Show(string folder, TextWriter output)
    {
        var (silo, gateway) = (Path.Combine(folder, SiloFile), Path.Combine(folder, GatewayFile));
        using var gatewayKeys = File.Exists(gateway) ? GatewayKeys.Open(gateway) : null;
        using var siloKeys = File.Exists(silo) ? SiloKeyFile.Open(silo) : null;
        if (gatewayKeys is null && siloKeys is null)
        {
            throw new OptionsException($"{folder} has neither {SiloFile} nor {GatewayFile}.");
        }

        output.WriteLine($"{GatewayFile}  {(gatewayKeys is null ? "not here" : $"server key {gatewayKeys.ServerKey}")}");
        output.WriteLine($"{SiloFile}     {(siloKeys is null ? "not here" : "whole: OPAQUE keys, id key, cluster keys")}");
        if (gatewayKeys is not null && siloKeys is not null)
        {
            output.WriteLine(CryptographicOperations.FixedTimeEquals(siloKeys.ToGateways.Span, gatewayKeys.ClusterKey.Span)
                ? "They belong together: gateways with this file reach silos with that one."
                : "They do NOT belong together: they have different gateway-silo-keys, and silos will refuse these gateways.");
        }
    }
}

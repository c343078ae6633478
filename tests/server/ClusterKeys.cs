using Vault.Gateway.Keys;
using Vault.Silo;

namespace Vault.Tests.Server;

/// <summary>The two key files of a cluster.</summary>
public static class ClusterKeys
{
    /// <summary>Makes <c>silo.key</c> and <c>gateway.key</c> in a folder, which is made.</summary>
    public static void Make(string folder)
    {
        Directory.CreateDirectory(folder);
        GatewayKeys.Create(Path.Combine(folder, "gateway.key"));
        using var gateway = GatewayKeys.Open(Path.Combine(folder, "gateway.key"));
        SiloKeyFile.Create(Path.Combine(folder, "silo.key"), gateway.ClusterKey);
    }
}

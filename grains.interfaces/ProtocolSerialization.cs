using Orleans.Serialization;
using Vault.Protocol;

namespace Vault.Grains.Interfaces;

/// <summary>How the protocol's own records cross between gateway and silo: as the same JSON that clients send.</summary>
public static class ProtocolSerialization
{
    /// <summary>Both ends of the cluster's wire call this.</summary>
    public static ISerializerBuilder AddVaultProtocol(this ISerializerBuilder builder) =>
        builder.AddJsonSerializer(
            type => type.Namespace == typeof(ProtocolJson).Namespace, ProtocolJson.Default.Options);
}

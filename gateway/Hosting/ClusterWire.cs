using Microsoft.AspNetCore.Connections;
using Vault.Cryptography.Primitives;
using Vault.Gateway.Channel;

namespace Vault.Gateway.Hosting;

/// <summary>What all processes of a cluster agree on about their own connections.</summary>
public static class ClusterWire
{
    /// <summary>Service id, and the cluster's id unless told otherwise.</summary>
    public const string Name = "vault";

    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(10);

    /// <summary>How long a silo waits for another's answer before its caller is told that the server is busy.</summary>
    public static TimeSpan ResponseTimeout { get; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// How long a gateway waits for an answer before it asks again: a call that went through a silo that died is never
    /// answered, and this is how long its client waits for nothing.
    /// </summary>
    public static TimeSpan ClientResponseTimeout { get; } = TimeSpan.FromSeconds(3);

    /// <summary>How often the list of silos is read again.</summary>
    public static TimeSpan TableRefresh { get; } = TimeSpan.FromSeconds(5);

    /// <summary>How long opening a connection may take before its target is as good as dead.</summary>
    public static TimeSpan ConnectTimeout { get; } = TimeSpan.FromSeconds(3);

    /// <summary>Noise NNpsk0 on a connection of Orleans: who lacks the key gets no further.</summary>
    public static void UseKey(IConnectionBuilder wire, SecretBytes key, bool initiator) =>
        wire.UseNoisePsk(key, initiator, HandshakeTimeout);
}

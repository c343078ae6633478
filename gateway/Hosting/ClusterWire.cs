using Microsoft.AspNetCore.Connections;
using Vault.Cryptography.Primitives;
using Vault.Gateway.Channel;

namespace Vault.Gateway.Hosting;

/// <summary>What all processes of a cluster agree on about their own connections.</summary>
public static class ClusterWire
{
    /// <summary>Service and cluster id.</summary>
    public const string Name = "vault";

    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(10);

    /// <summary>How long a grain call may take before its caller is told that the server is busy.</summary>
    public static TimeSpan ResponseTimeout { get; } = TimeSpan.FromSeconds(15);

    /// <summary>Noise NNpsk0 on a connection of Orleans: who lacks the key gets no further.</summary>
    public static void UseKey(IConnectionBuilder wire, SecretBytes key, bool initiator) =>
        wire.UseNoisePsk(key, initiator, HandshakeTimeout);
}

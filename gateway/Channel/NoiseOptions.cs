using Vault.Cryptography.Primitives;

namespace Vault.Gateway.Channel;

/// <summary>How a listener answers Noise handshakes.</summary>
public sealed class NoiseOptions
{
    /// <summary>The server's static private key, 32 bytes; its public half is what clients pin. Not disposed here.</summary>
    public required SecretBytes StaticKey { get; init; }

    /// <summary>How long a handshake may take.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The clock that the handshakes' time runs on; the system's unless a test brings another.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>How many handshakes may run at once; beyond it connections are closed at once.</summary>
    public int MaxHandshakes { get; init; } = 1_024;

    /// <summary>How many handshakes one network address (an IPv6 /64) may have running; beyond it its connections are closed at once.</summary>
    public int MaxHandshakesPerAddress { get; init; } = 128;

    /// <summary>How many connections one network address (an IPv6 /64) may have open; beyond it they are closed at once.</summary>
    public int MaxConnectionsPerAddress { get; init; } = 1_000;
}

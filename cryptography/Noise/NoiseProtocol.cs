namespace Vault.Cryptography.Noise;

/// <summary>A token of a handshake pattern, <see href="https://noiseprotocol.org/noise.html#handshake-patterns">Noise section 7</see>.</summary>
internal enum NoiseToken
{
    E,
    S,
    EE,
    ES,
    SE,
    Psk,
}

/// <summary>The two handshakes of this project: a name and a table of tokens, one row a message.</summary>
public sealed class NoiseProtocol
{
    /// <summary>Length of an X25519 key, in bytes (DHLEN).</summary>
    public const int KeyLength = 32;

    /// <summary>Length of a SHA-256 hash, in bytes (HASHLEN).</summary>
    public const int HashLength = 32;

    /// <summary>Length of an AES-256-GCM tag, in bytes.</summary>
    public const int TagLength = 16;

    /// <summary>Length of a pre-shared key, in bytes (section 9).</summary>
    public const int PskLength = 32;

    /// <summary>The longest Noise message, in bytes (section 3).</summary>
    public const int MaxMessageLength = 65_535;

    private NoiseProtocol(string name, params NoiseToken[][] messages)
    {
        Name = name;
        Messages = messages;
    }

    /// <summary>Mutual authentication with static keys that both sides send: clients and gateways.</summary>
    public static NoiseProtocol XX { get; } = new(
        "Noise_XX_25519_AESGCM_SHA256",
        [NoiseToken.E],
        [NoiseToken.E, NoiseToken.EE, NoiseToken.S, NoiseToken.ES],
        [NoiseToken.S, NoiseToken.SE]);

    /// <summary>A pre-shared key instead of static keys: the cluster's own connections.</summary>
    public static NoiseProtocol NNpsk0 { get; } = new(
        "Noise_NNpsk0_25519_AESGCM_SHA256",
        [NoiseToken.Psk, NoiseToken.E],
        [NoiseToken.E, NoiseToken.EE]);

    /// <summary>The protocol name that the handshake hash begins with.</summary>
    public string Name { get; }

    internal NoiseToken[][] Messages { get; }

    internal bool UsesPsk => Messages[0][0] == NoiseToken.Psk;
}

namespace Vault.Gateway.Channel;

/// <summary>What the Noise handshake of this connection proved.</summary>
public interface INoiseConnectionFeature
{
    /// <summary>h, 32 bytes: what a login is bound to.</summary>
    ReadOnlyMemory<byte> HandshakeHash { get; }

    /// <summary>The client's static key, 32 bytes: the session.</summary>
    ReadOnlyMemory<byte> RemoteStaticKey { get; }

    /// <summary>The payload of message 3: the account id, or nothing before login.</summary>
    ReadOnlyMemory<byte> Payload { get; }
}

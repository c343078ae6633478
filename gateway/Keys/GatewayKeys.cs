using Vault.Cryptography.Primitives;
using Vault.Protocol;

namespace Vault.Gateway.Keys;

/// <summary>The gateways' key file: the server's identity towards clients, and the key of connections between gateways and silos.</summary>
/// <remarks>It holds nothing that tests a password: the process that faces the network cannot.</remarks>
public sealed class GatewayKeys : IDisposable
{
    /// <summary>The first line of the file.</summary>
    public const string Kind = "vault gateway keys 1";

    /// <summary>Names of the secrets, 32 bytes each.</summary>
    private const string StaticKeyName = "noise-static-key", ClusterKeyName = "gateway-silo-key";

    private readonly KeyFile _file;

    private GatewayKeys(KeyFile file)
    {
        _file = file;
        StaticKey = file.Take(StaticKeyName, X25519.KeyLength);
        ClusterKey = file.Take(ClusterKeyName, X25519.KeyLength);
        Span<byte> publicKey = stackalloc byte[X25519.KeyLength];
        X25519.PublicKey(publicKey, StaticKey.Span);
        ServerKey = ServerKey.FromBytes(publicKey);
    }

    /// <summary>The Noise static private key.</summary>
    public SecretBytes StaticKey { get; }

    /// <summary>The pre-shared key between gateways and silos; silos have it too.</summary>
    public SecretBytes ClusterKey { get; }

    /// <summary>What clients pin.</summary>
    public ServerKey ServerKey { get; }

    /// <summary>Reads the file.</summary>
    /// <exception cref="KeyFileException">It cannot be used; the message says why.</exception>
    public static GatewayKeys Open(string path)
    {
        var file = KeyFile.Open(path, Kind);
        try
        {
            return new GatewayKeys(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Makes a file with fresh keys.</summary>
    /// <exception cref="KeyFileException">It exists or cannot be written.</exception>
    public static void Create(string path)
    {
        using var staticKey = SecretBytes.Random(X25519.KeyLength);
        using var clusterKey = SecretBytes.Random(X25519.KeyLength);
        KeyFile.Create(path, Kind, new Dictionary<string, SecretBytes>
        {
            [StaticKeyName] = staticKey,
            [ClusterKeyName] = clusterKey,
        });
    }

    /// <summary>Zeroes the keys.</summary>
    public void Dispose() => _file.Dispose();
}

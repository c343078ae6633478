using Vault.Cryptography.Opaque;
using Vault.Cryptography.Primitives;
using Vault.Gateway.Keys;
using Vault.Grains.SignIn;

namespace Vault.Silo;

/// <summary>The silos' key file: OPAQUE's secrets, the id key, and the keys of the cluster's own connections.</summary>
/// <remarks>The OPAQUE secrets cannot be replaced: without them nobody can sign in any more.</remarks>
internal sealed class SiloKeyFile : IDisposable
{
    private const string Kind = "vault silo keys 1";
    private const int ClusterKeyLength = 32;

    private const string OprfSeed = "opaque-oprf-seed";
    private const string PrivateKey = "opaque-private-key";
    private const string FakeRecordKey = "opaque-fake-record-key";
    private const string IdKey = "id-key";
    private const string SiloKey = "silo-silo-key";
    private const string GatewayKey = "gateway-silo-key";

    private readonly KeyFile _file;

    private SiloKeyFile(KeyFile file)
    {
        _file = file;
        BetweenSilos = file.Take(SiloKey, ClusterKeyLength);
        ToGateways = file.Take(GatewayKey, ClusterKeyLength);
        Keys = new SiloKeys(
            new OpaqueServerKeys(
                file.Take(OprfSeed, OpaqueServerKeys.OprfSeedLength).Span,
                file.Take(PrivateKey, OpaqueServerKeys.PrivateKeyLength).Span,
                file.Take(FakeRecordKey, OpaqueServerKeys.FakeRecordKeyLength).Span),
            file.Take(IdKey, SiloKeys.IdKeyLength).Span);
    }

    /// <summary>What the grains need.</summary>
    public SiloKeys Keys { get; }

    /// <summary>The pre-shared key of connections among silos.</summary>
    public SecretBytes BetweenSilos { get; }

    /// <summary>The pre-shared key of connections from gateways.</summary>
    public SecretBytes ToGateways { get; }

    /// <exception cref="KeyFileException">It cannot be used; the message says why.</exception>
    public static SiloKeyFile Open(string path)
    {
        var file = KeyFile.Open(path, Kind);
        try
        {
            return new SiloKeyFile(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Makes a file with fresh keys, but for the one that gateways already have.</summary>
    public static void Create(string path, SecretBytes toGateways)
    {
        using var keys = SiloKeys.Generate();
        using var idKey = new SecretBytes(keys.IdKey);
        using var betweenSilos = SecretBytes.Random(ClusterKeyLength);
        KeyFile.Create(path, Kind, new Dictionary<string, SecretBytes>
        {
            [OprfSeed] = keys.Opaque.OprfSeed,
            [PrivateKey] = keys.Opaque.PrivateKey,
            [FakeRecordKey] = keys.Opaque.FakeRecordKey,
            [IdKey] = idKey,
            [SiloKey] = betweenSilos,
            [GatewayKey] = toGateways,
        });
    }

    public void Dispose()
    {
        Keys.Dispose();
        _file.Dispose();
    }
}

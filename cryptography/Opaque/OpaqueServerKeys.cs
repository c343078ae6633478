using System.Security.Cryptography;
using Vault.Cryptography.Primitives;

namespace Vault.Cryptography.Opaque;

/// <summary>
/// The server's long-term secrets. Neither seed nor private key can be replaced without registering every account
/// anew; the fake-record key can, at the price that unknown accounts then answer differently than before.
/// </summary>
public sealed class OpaqueServerKeys : IDisposable
{
    /// <summary>Length of the OPRF seed, in bytes.</summary>
    public const int OprfSeedLength = OpaqueSuite.HashLength;

    /// <summary>Length of the private key, in bytes.</summary>
    public const int PrivateKeyLength = OpaqueSuite.ScalarLength;

    /// <summary>Length of the fake-record key, in bytes.</summary>
    public const int FakeRecordKeyLength = OpaqueSuite.HashLength;

    private readonly byte[] _publicKey = new byte[OpaqueSuite.ElementLength];

    /// <summary>Copies the three secrets; the public key is computed, so it always fits the private one.</summary>
    /// <exception cref="ArgumentException">A secret has another length than this class says.</exception>
    /// <exception cref="CryptographyException">The private key is zero or not reduced modulo the group
    /// order.</exception>
    public OpaqueServerKeys(
        ReadOnlySpan<byte> oprfSeed, ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> fakeRecordKey)
    {
        Require.Length(oprfSeed, OprfSeedLength);
        Require.Length(privateKey, PrivateKeyLength);
        Require.Length(fakeRecordKey, FakeRecordKeyLength);
        RequireReduced(privateKey);
        Ristretto255.MultiplyGenerator(_publicKey, privateKey);
        OprfSeed = new SecretBytes(oprfSeed);
        PrivateKey = new SecretBytes(privateKey);
        FakeRecordKey = new SecretBytes(fakeRecordKey);
    }

    /// <summary>Every account's OPRF key is derived from it.</summary>
    public SecretBytes OprfSeed { get; }

    /// <summary>A canonical non-zero scalar.</summary>
    public SecretBytes PrivateKey { get; }

    /// <summary>Key of the PRF that makes up the records of unknown accounts.</summary>
    public SecretBytes FakeRecordKey { get; }

    /// <summary>The public half of <see cref="PrivateKey"/>.</summary>
    public ReadOnlySpan<byte> PublicKey => _publicKey;

    /// <summary>Fresh secrets for a new installation.</summary>
    public static OpaqueServerKeys Generate()
    {
        using var oprfSeed = SecretBytes.Random(OprfSeedLength);
        using var fakeRecordKey = SecretBytes.Random(FakeRecordKeyLength);
        using var privateKey = new SecretBytes(PrivateKeyLength);
        Ristretto255.RandomScalar(privateKey.Span);
        return new OpaqueServerKeys(oprfSeed.Span, privateKey.Span, fakeRecordKey.Span);
    }

    /// <summary>Zeroes all secrets.</summary>
    public void Dispose()
    {
        OprfSeed.Dispose();
        PrivateKey.Dispose();
        FakeRecordKey.Dispose();
    }

    private static void RequireReduced(ReadOnlySpan<byte> scalar)
    {
        Span<byte> wide = stackalloc byte[Ristretto255.HashLength];
        Span<byte> reduced = stackalloc byte[Ristretto255.ScalarLength];
        try
        {
            wide.Clear();
            scalar.CopyTo(wide);
            Ristretto255.ScalarReduce(reduced, wide);
            if (!CryptographicOperations.FixedTimeEquals(reduced, scalar))
            {
                throw new CryptographyException(
                    CryptographyError.InvalidEncoding, "The OPAQUE private key is not reduced modulo the group order.");
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(wide);
            CryptographicOperations.ZeroMemory(reduced);
        }
    }
}

using System.Security.Cryptography;
using System.Text;
using Vault.Cryptography.Opaque;
using Vault.Cryptography.Primitives;

namespace Vault.Grains.SignIn;

/// <summary>The secrets of the silos' key file. A host loads or makes them, registers the one instance and disposes it.</summary>
public sealed class SiloKeys : IDisposable
{
    /// <summary>Length of the id key, in bytes.</summary>
    public const int IdKeyLength = 32;

    private const int DerivedKeyLength = 32;

    private static readonly byte[] CodeLabel = "vault mailed codes"u8.ToArray();

    private readonly SecretBytes _idKey;
    private readonly SecretBytes _codeKey = new(HMACSHA256.HashSizeInBytes);

    /// <summary>Takes over <paramref name="opaque"/> and copies <paramref name="idKey"/>.</summary>
    /// <param name="opaque">OPRF seed, OPAQUE private key and fake-record key.</param>
    /// <param name="idKey">Keys the names under which e-mail addresses are stored, <see cref="IdKeyLength"/> bytes.</param>
    public SiloKeys(OpaqueServerKeys opaque, ReadOnlySpan<byte> idKey)
    {
        ArgumentNullException.ThrowIfNull(opaque);
        if (idKey.Length != IdKeyLength)
        {
            throw new ArgumentException($"The id key has {IdKeyLength} bytes.", nameof(idKey));
        }

        Opaque = opaque;
        _idKey = new SecretBytes(idKey);
        HKDF.DeriveKey(HashAlgorithmName.SHA256, idKey, _codeKey.Span, [], CodeLabel);
    }

    /// <summary>OPAQUE's secrets.</summary>
    public OpaqueServerKeys Opaque { get; }

    /// <summary>Keys the names under which e-mail addresses are stored. Cannot change once there are accounts.</summary>
    public ReadOnlySpan<byte> IdKey => _idKey.Span;

    /// <summary>HKDF-SHA256 (RFC 5869) of the id key under a label: a key of the silos' own for one use; the caller disposes it.</summary>
    public SecretBytes Derive(string label)
    {
        var derived = new SecretBytes(DerivedKeyLength);
        HKDF.DeriveKey(HashAlgorithmName.SHA256, IdKey, derived.Span, [], Encoding.ASCII.GetBytes(label));
        return derived;
    }

    /// <summary>Keys what is stored of mailed codes: HKDF-SHA256 of the id key, so that key files made before there were codes have it too.</summary>
    public ReadOnlySpan<byte> CodeKey => _codeKey.Span;

    /// <summary>Fresh secrets for a new installation.</summary>
    public static SiloKeys Generate()
    {
        using var idKey = SecretBytes.Random(IdKeyLength);
        return new SiloKeys(OpaqueServerKeys.Generate(), idKey.Span);
    }

    /// <summary>Zeroes all of them.</summary>
    public void Dispose()
    {
        Opaque.Dispose();
        _idKey.Dispose();
        _codeKey.Dispose();
    }
}

using System.Security.Cryptography;
using System.Text;

namespace Vault.Cryptography.Noise;

/// <summary>Chaining key and handshake hash, <see href="https://noiseprotocol.org/noise.html#the-symmetricstate-object">Noise section 5.2</see>.</summary>
internal sealed class SymmetricState : IDisposable
{
    private readonly CipherState _cipher = new();
    private readonly byte[] _ck = GC.AllocateArray<byte>(NoiseProtocol.HashLength, pinned: true);
    private readonly byte[] _h = new byte[NoiseProtocol.HashLength];

    /// <summary>InitializeSymmetric(protocol_name): h = name padded with zeros, or its hash if longer; ck = h.</summary>
    public SymmetricState(string protocolName)
    {
        var name = Encoding.ASCII.GetBytes(protocolName);
        if (name.Length <= NoiseProtocol.HashLength)
        {
            name.CopyTo(_h, 0);
        }
        else
        {
            SHA256.HashData(name, _h);
        }

        _h.CopyTo(_ck, 0);
    }

    /// <summary>GetHandshakeHash().</summary>
    public ReadOnlySpan<byte> HandshakeHash => _h;

    /// <summary>MixHash(data): h = HASH(h ‖ data).</summary>
    public void MixHash(ReadOnlySpan<byte> data)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(_h);
        hash.AppendData(data);
        hash.GetHashAndReset(_h);
    }

    /// <summary>MixKey(ikm): ck, temp_k = HKDF(ck, ikm, 2); InitializeKey(temp_k).</summary>
    public void MixKey(ReadOnlySpan<byte> inputKeyMaterial)
    {
        Span<byte> output = stackalloc byte[2 * NoiseProtocol.HashLength];
        try
        {
            Hkdf(output, inputKeyMaterial);
            output[..NoiseProtocol.HashLength].CopyTo(_ck);
            _cipher.InitializeKey(output[NoiseProtocol.HashLength..]);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(output);
        }
    }

    /// <summary>MixKeyAndHash(ikm): ck, temp_h, temp_k = HKDF(ck, ikm, 3); MixHash(temp_h); InitializeKey(temp_k).</summary>
    public void MixKeyAndHash(ReadOnlySpan<byte> inputKeyMaterial)
    {
        Span<byte> output = stackalloc byte[3 * NoiseProtocol.HashLength];
        try
        {
            Hkdf(output, inputKeyMaterial);
            output[..NoiseProtocol.HashLength].CopyTo(_ck);
            MixHash(output.Slice(NoiseProtocol.HashLength, NoiseProtocol.HashLength));
            _cipher.InitializeKey(output[(2 * NoiseProtocol.HashLength)..]);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(output);
        }
    }

    /// <summary>EncryptAndHash(plaintext): ciphertext = EncryptWithAd(h, plaintext); MixHash(ciphertext).</summary>
    public int EncryptAndHash(Span<byte> output, ReadOnlySpan<byte> plaintext)
    {
        var length = _cipher.EncryptWithAd(output, _h, plaintext);
        MixHash(output[..length]);
        return length;
    }

    /// <summary>DecryptAndHash(ciphertext): plaintext = DecryptWithAd(h, ciphertext); MixHash(ciphertext).</summary>
    public int DecryptAndHash(Span<byte> output, ReadOnlySpan<byte> ciphertext)
    {
        var length = _cipher.DecryptWithAd(output, _h, ciphertext);
        MixHash(ciphertext);
        return length;
    }

    /// <summary>How many bytes a part of a message has beyond its plaintext: a tag once there is a key.</summary>
    public int Overhead => _cipher.HasKey ? NoiseProtocol.TagLength : 0;

    /// <summary>Split(): temp_k1, temp_k2 = HKDF(ck, "", 2); one CipherState for each direction.</summary>
    public (CipherState Initiator, CipherState Responder) Split()
    {
        Span<byte> output = stackalloc byte[2 * NoiseProtocol.HashLength];
        try
        {
            Hkdf(output, []);
            var (initiator, responder) = (new CipherState(), new CipherState());
            initiator.InitializeKey(output[..NoiseProtocol.HashLength]);
            responder.InitializeKey(output[NoiseProtocol.HashLength..]);
            return (initiator, responder);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(output);
        }
    }

    public void Dispose()
    {
        _cipher.Dispose();
        CryptographicOperations.ZeroMemory(_ck);
    }

    // HKDF(ck, ikm, n) of section 4.3 is RFC 5869 with ck as salt and no info. The extract step is spelt out because
    // the platform's HKDF refuses the empty input that Split has.
    private void Hkdf(Span<byte> output, ReadOnlySpan<byte> inputKeyMaterial)
    {
        Span<byte> temporaryKey = stackalloc byte[NoiseProtocol.HashLength];
        try
        {
            HMACSHA256.HashData(_ck, inputKeyMaterial, temporaryKey);
            HKDF.Expand(HashAlgorithmName.SHA256, temporaryKey, output, []);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(temporaryKey);
        }
    }
}

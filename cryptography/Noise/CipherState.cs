using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Vault.Cryptography.Noise;

/// <summary>A key and a nonce counter, <see href="https://noiseprotocol.org/noise.html#the-cipherstate-object">Noise section 5.1</see>. Not thread-safe.</summary>
public sealed class CipherState : IDisposable
{
    private readonly byte[] _nonce = new byte[12]; // 4 zero bytes ‖ n, big-endian (section 12.4)
    private AesGcm? _cipher;
    private ulong _n;

    /// <summary>HasKey().</summary>
    public bool HasKey => _cipher is not null;

    /// <summary>InitializeKey(key): k = key, n = 0.</summary>
    internal void InitializeKey(ReadOnlySpan<byte> key)
    {
        _cipher?.Dispose();
        _cipher = new AesGcm(key, NoiseProtocol.TagLength);
        _n = 0;
    }

    /// <summary>EncryptWithAd(ad, plaintext) = ENCRYPT(k, n++, ad, plaintext); the plaintext itself while there is no key.</summary>
    /// <returns>How many bytes of <paramref name="output"/> were written.</returns>
    public int EncryptWithAd(Span<byte> output, ReadOnlySpan<byte> associatedData, ReadOnlySpan<byte> plaintext)
    {
        if (_cipher is null)
        {
            plaintext.CopyTo(output);
            return plaintext.Length;
        }

        _cipher.Encrypt(
            NextNonce(), plaintext, output[..plaintext.Length],
            output.Slice(plaintext.Length, NoiseProtocol.TagLength), associatedData);
        return plaintext.Length + NoiseProtocol.TagLength;
    }

    /// <summary>DecryptWithAd(ad, ciphertext) = DECRYPT(k, n++, ad, ciphertext); the ciphertext itself while there is no key.</summary>
    /// <exception cref="CryptographyException">The message is too short or was tampered with; nothing was written.</exception>
    public int DecryptWithAd(Span<byte> output, ReadOnlySpan<byte> associatedData, ReadOnlySpan<byte> ciphertext)
    {
        if (_cipher is null)
        {
            ciphertext.CopyTo(output);
            return ciphertext.Length;
        }

        var length = ciphertext.Length - NoiseProtocol.TagLength;
        if (length < 0)
        {
            throw new CryptographyException(CryptographyError.InvalidEncoding, "The Noise message is shorter than its tag.");
        }

        try
        {
            _cipher.Decrypt(NextNonce(), ciphertext[..length], ciphertext[length..], output[..length], associatedData);
            return length;
        }
        catch (AuthenticationTagMismatchException error)
        {
            throw new CryptographyException(CryptographyError.NotAuthentic, "The Noise message does not verify.", error);
        }
    }

    /// <summary>Rekey(): k = ENCRYPT(k, 2^64-1, "", 32 zero bytes), first 32 bytes (section 4.2); n goes on.</summary>
    public void Rekey()
    {
        var cipher = _cipher ?? throw new InvalidOperationException("There is no key to change.");
        Span<byte> key = stackalloc byte[NoiseProtocol.KeyLength];
        Span<byte> zeros = stackalloc byte[NoiseProtocol.KeyLength];
        Span<byte> tag = stackalloc byte[NoiseProtocol.TagLength];
        zeros.Clear();
        try
        {
            BinaryPrimitives.WriteUInt64BigEndian(_nonce.AsSpan(4), ulong.MaxValue);
            cipher.Encrypt(_nonce, zeros, key, tag);
            var n = _n;
            InitializeKey(key);
            _n = n;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <summary>Lets go of the key.</summary>
    public void Dispose() => _cipher?.Dispose();

    private byte[] NextNonce()
    {
        if (_n == ulong.MaxValue)
        {
            throw new CryptographyException(CryptographyError.ProtocolOrder, "The Noise nonce is used up.");
        }

        BinaryPrimitives.WriteUInt64BigEndian(_nonce.AsSpan(4), _n++);
        return _nonce;
    }
}

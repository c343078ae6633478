using System.Security.Cryptography;
using Vault.Cryptography.Noise;

namespace Vault.Cryptography.Tests.Noise;

/// <summary>REKEY by the equation of section 4.2, computed beside it with the platform's AES-GCM.</summary>
public sealed class RekeyTests
{
    [Fact]
    public void Rekey_Key_IsTheEncryptionOfZerosUnderTheLastNonce()
    {
        var key = RandomNumberGenerator.GetBytes(NoiseProtocol.KeyLength);
        using var cipher = new CipherState();
        cipher.InitializeKey(key);
        Span<byte> message = stackalloc byte[3 + NoiseProtocol.TagLength];
        cipher.EncryptWithAd(message, [], "one"u8);
        cipher.EncryptWithAd(message, [], "two"u8);

        cipher.Rekey();
        cipher.EncryptWithAd(message, "ad"u8, "abc"u8);

        Span<byte> next = stackalloc byte[NoiseProtocol.KeyLength], tag = stackalloc byte[NoiseProtocol.TagLength];
        using (var old = new AesGcm(key, NoiseProtocol.TagLength))
        {
            old.Encrypt(Nonce(ulong.MaxValue), new byte[NoiseProtocol.KeyLength], next, tag);
        }

        using var renewed = new AesGcm(next, NoiseProtocol.TagLength);
        Span<byte> plaintext = stackalloc byte[3];
        renewed.Decrypt(Nonce(2), message[..3], message[3..], plaintext, "ad"u8); // n goes on
        Assert.Equal("abc"u8, plaintext);
    }

    [Fact]
    public void Rekey_WithoutAKey_IsRefused()
    {
        using var cipher = new CipherState();

        Assert.Throws<InvalidOperationException>(cipher.Rekey);
    }

    private static byte[] Nonce(ulong n)
    {
        var nonce = new byte[12];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(nonce.AsSpan(4), n);
        return nonce;
    }
}

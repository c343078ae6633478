using System.Security.Cryptography;
using System.Text;
using Vault.Client.Keys;
using Vault.Cryptography.Age;
using Vault.Cryptography.Primitives;

namespace Vault.Client.Tests.Keys;

public sealed class KeyRingTests
{
    private const string PasswordLabel = FileKeySchedule.PasswordKeyRing, RecoveryLabel = FileKeySchedule.RecoveryKeyRing;

    [Theory]
    [InlineData(PasswordLabel)]
    [InlineData(RecoveryLabel)]
    public void TryOpen_SealedRing_IsTheSameRing(string label)
    {
        using var ring = KeyRing.Generate();
        using var key = SecretBytes.Random(64);

        using var opened = KeyRing.TryOpen(ring.Seal(key, label), key, label);

        Assert.NotNull(opened);
        Assert.Equal(ring.Recipient.ToString(), opened.Recipient.ToString());
        Assert.True(ring.SigningKey.SequenceEqual(opened.SigningKey));
        Assert.True(ring.MetadataKey.Span.SequenceEqual(opened.MetadataKey.Span));
        Assert.Equal(ring.NameTag("a/b"), opened.NameTag("a/b"));
    }

    [Fact]
    public void Seal_Twice_NeverGivesTheSameBytes()
    {
        using var ring = KeyRing.Generate();
        using var key = SecretBytes.Random(64);
        Assert.NotEqual(ring.Seal(key, PasswordLabel), ring.Seal(key, PasswordLabel));
    }

    [Fact]
    public void TryOpen_AnotherKeyLabelOrAnyOtherByte_OpensNothing()
    {
        using var ring = KeyRing.Generate();
        using var key = SecretBytes.Random(64);
        using var other = SecretBytes.Random(64);
        var box = ring.Seal(key, PasswordLabel);

        Assert.Null(KeyRing.TryOpen(box, other, PasswordLabel));
        Assert.Null(KeyRing.TryOpen(box, key, RecoveryLabel));
        Assert.Null(KeyRing.TryOpen([.. box, 0], key, PasswordLabel));
        for (var at = 0; at < box.Length; at++)
        {
            Assert.Null(KeyRing.TryOpen(box[..at], key, PasswordLabel));
            byte[] flipped = [.. box];
            flipped[at] ^= 0x80;
            Assert.Null(KeyRing.TryOpen(flipped, key, PasswordLabel));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(255)]
    public void TryOpen_RingOfAnotherVersion_OpensNothing(byte version)
    {
        using var key = SecretBytes.Random(64);
        Assert.Null(KeyRing.TryOpen(SealByHand(key, version, 1 + 96), key, PasswordLabel));
        Assert.Null(KeyRing.TryOpen(SealByHand(key, 1, 1 + 95), key, PasswordLabel));
        using var sound = KeyRing.TryOpen(SealByHand(key, 1, 1 + 96), key, PasswordLabel);
        Assert.NotNull(sound);
    }

    [Fact]
    public void NameTag_NameRingOrCase_AreAllTold()
    {
        using var ring = KeyRing.Generate();
        using var other = KeyRing.Generate();
        Assert.Equal(ring.NameTag("name"), ring.NameTag("name"));
        Assert.NotEqual(ring.NameTag("name"), ring.NameTag("Name"));
        Assert.NotEqual(ring.NameTag("name"), other.NameTag("name"));
        Assert.Equal(HMACSHA256.HashData(ring.NameTagKey.Span, "name"u8), ring.NameTag("name"));
    }

    [Fact]
    public void RecoveryKey_Text_ReadsBackAndShowsAnyTypo()
    {
        using var key = RecoveryKey.Generate();
        var text = new string(key.Reveal());
        Span<byte> bytes = stackalloc byte[32];

        Assert.StartsWith("vaultrecovery1", text, StringComparison.Ordinal);
        Assert.True(Bech32.TryDecode(bytes, text, "vaultrecovery"));
        Assert.True(bytes.SequenceEqual(key.Bytes.Span));
        for (var at = "vaultrecovery1".Length; at < text.Length; at++)
        {
            var typo = text.Remove(at, 1).Insert(at, text[at] == 'q' ? "p" : "q");
            Assert.False(Bech32.TryDecode(bytes, typo, "vaultrecovery"), typo);
            if (at + 1 < text.Length && text[at] != text[at + 1])
            {
                var swapped = text[..at] + text[at + 1] + text[at] + text[(at + 2)..];
                Assert.False(Bech32.TryDecode(bytes, swapped, "vaultrecovery"), swapped);
            }
        }

        Assert.NotEqual(text, new string(RecoveryKey.Generate().Reveal()));
    }

    // HKDF from the BCL, the box from the primitive: what an implementation that is not KeyRing would make.
    private static byte[] SealByHand(SecretBytes key, byte version, int length)
    {
        var plain = RandomNumberGenerator.GetBytes(length);
        plain[0] = version;
        return XChaCha20Poly1305.Seal(
            plain, "Vault/1 key ring"u8, HKDF.DeriveKey(HashAlgorithmName.SHA256, key.Span.ToArray(), 32, [], Encoding.ASCII.GetBytes(PasswordLabel)));
    }
}

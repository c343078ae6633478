using System.Security.Cryptography;
using System.Text;
using Vault.Client.Files;
using Vault.Client.Keys;
using Vault.Cryptography.Primitives;
using Vault.Protocol;

namespace Vault.Client.Tests.Keys;

/// <summary>Key ring, key schedule and sealed metadata: what opens, and that nothing else does.</summary>
public sealed class KeyRingTests
{
    [Fact]
    public void Open_RightKeyAndLabel_GivesTheRing()
    {
        using var ring = KeyRing.Generate();
        using var key = SecretBytes.Random(32);
        var box = ring.Seal(key, FileKeySchedule.PasswordKeyRing);

        using var opened = KeyRing.TryOpen(box, key, FileKeySchedule.PasswordKeyRing);

        Assert.NotNull(opened);
        Assert.Equal(ring.Recipient.ToString(), opened.Recipient.ToString());
        Assert.Equal(ring.SigningKey.ToArray(), opened.SigningKey.ToArray());
        Assert.Equal(ring.NameTag("a"), opened.NameTag("a"));
        Assert.Null(KeyRing.TryOpen(box, key, FileKeySchedule.RecoveryKeyRing));
        using var other = SecretBytes.Random(32);
        Assert.Null(KeyRing.TryOpen(box, other, FileKeySchedule.PasswordKeyRing));
    }

    [Fact]
    public void Open_AnyByteChangedOrMissing_GivesNothing()
    {
        using var ring = KeyRing.Generate();
        using var key = SecretBytes.Random(32);
        var box = ring.Seal(key, FileKeySchedule.PasswordKeyRing);
        for (var index = 0; index < box.Length; index++)
        {
            var changed = box.ToArray();
            changed[index] ^= 0x80;
            Assert.Null(KeyRing.TryOpen(changed, key, FileKeySchedule.PasswordKeyRing));
            Assert.Null(KeyRing.TryOpen(box[..index], key, FileKeySchedule.PasswordKeyRing));
        }

        Assert.Null(KeyRing.TryOpen([.. box, 0], key, FileKeySchedule.PasswordKeyRing));
    }

    [Theory]
    [InlineData(FileKeySchedule.Commitment)]
    [InlineData(FileKeySchedule.ManifestMac)]
    [InlineData(FileKeySchedule.Metadata)]
    public void Derive_IsHkdfOfTheLabel(string label)
    {
        using var key = SecretBytes.Random(16);

        // RFC 5869 written out: extract with a salt of zeros, then one block of expand.
        var pseudoRandom = HMACSHA256.HashData(new byte[32], key.Span);
        byte[] block = [.. Encoding.ASCII.GetBytes(label), 1];
        var expected = HMACSHA256.HashData(pseudoRandom, block);
        using var derived = FileKeySchedule.Derive(key, label);

        Assert.Equal(expected, derived.Span.ToArray());
    }

    [Fact]
    public void Metadata_OpensOnlyAtItsPlace()
    {
        using var key = SecretBytes.Random(32);
        using var other = SecretBytes.Random(32);
        var (owner, target) = (AccountId.New(), new SendTarget(FileId.New(), 3, new byte[32]));
        var metadata = new FileMetadata("a/b", 5, DateTimeOffset.UnixEpoch, new byte[32], FileProtection.Key);
        var box = metadata.SealForReaders(key, owner, target);

        Assert.Equal("a/b", FileMetadata.OpenAsReader(box, key, owner, target.File, 3)?.Name);
        Assert.Null(FileMetadata.OpenAsReader(box, other, owner, target.File, 3));
        Assert.Null(FileMetadata.OpenAsReader(box, key, AccountId.New(), target.File, 3));
        Assert.Null(FileMetadata.OpenAsReader(box, key, owner, FileId.New(), 3));
        Assert.Null(FileMetadata.OpenAsReader(box, key, owner, target.File, 4));
        Assert.Null(FileMetadata.OpenAsOwner(box, key, owner, target.File, 3));
        Assert.Null(FileMetadata.OpenAsReader((metadata with { Name = "../x" }).SealForReaders(key, owner, target), key, owner, target.File, 3));
    }

    [Theory]
    [InlineData("a\u0308/b", "\u00e4/b")]
    [InlineData("a b/[c]*?", "a b/[c]*?")]
    [InlineData("CON/.hidden/…", "CON/.hidden/…")]
    public void Normalise_Name_HasOneForm(string name, string expected) => Assert.Equal(expected, VaultPath.Normalise(name));

    [Theory]
    [InlineData("")]
    [InlineData("/a")]
    [InlineData("a/")]
    [InlineData("a//b")]
    [InlineData("../a")]
    [InlineData("a/./b")]
    [InlineData("a/..")]
    [InlineData("a\nb")]
    [InlineData("a\0b")]
    public void Normalise_NoName_IsRefused(string name) =>
        Assert.Equal(VaultErrorCode.InvalidRequest, Assert.Throws<VaultException>(() => VaultPath.Normalise(name)).Code);

    [Fact]
    public void Normalise_HalfACharacterOrTooMany_IsRefused()
    {
        Assert.Throws<VaultException>(() => VaultPath.Normalise("a\ud800")); // not as theory data, which xunit mends
        Assert.Equal(1_024, VaultPath.Normalise(new string('a', 1_024)).Length);
        Assert.Throws<VaultException>(() => VaultPath.Normalise(new string('a', 1_025)));
    }
}

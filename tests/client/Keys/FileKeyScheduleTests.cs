using System.Security.Cryptography;
using System.Text;
using Vault.Client.Files;
using Vault.Client.Keys;
using Vault.Cryptography.Primitives;
using Vault.Protocol;

namespace Vault.Client.Tests.Keys;

public sealed class FileKeyScheduleTests
{
    private static readonly string[] Labels =
    [
        FileKeySchedule.Commitment, FileKeySchedule.ManifestMac, FileKeySchedule.Metadata, FileKeySchedule.OwnerMetadata,
        FileKeySchedule.NameTag, FileKeySchedule.PasswordKeyRing, FileKeySchedule.RecoveryKeyRing,
    ];

    [Fact]
    public void Derive_EveryLabel_IsHkdfStepByStep()
    {
        using var key = new SecretBytes(Enumerable.Range(0, 16).Select(value => (byte)value).ToArray());
        foreach (var label in Labels)
        {
            // RFC 5869: PRK = HMAC(salt = 32 zeros, key); the first block = HMAC(PRK, info ‖ 1).
            var prk = HMACSHA256.HashData(new byte[32], key.Span.ToArray());
            var expected = HMACSHA256.HashData(prk, (byte[])[.. Encoding.ASCII.GetBytes(label), 1]);
            using var derived = FileKeySchedule.Derive(key, label);
            Assert.Equal(expected, derived.Span.ToArray());
        }
    }

    [Fact]
    public void Derive_DifferentLabels_GiveDifferentKeys()
    {
        using var key = SecretBytes.Random(16);
        var derived = Labels.Select(label =>
        {
            using var bytes = FileKeySchedule.Derive(key, label);
            return Convert.ToHexString(bytes.Span);
        });
        Assert.Equal(Labels.Length, derived.Distinct().Count());
    }

    [Fact]
    public void Commit_KnownKey_IsThePublishedFormula()
    {
        using var key = new SecretBytes(new byte[16]);
        using var other = new SecretBytes([.. new byte[15], 1]);

        Assert.Equal(
            HKDF.DeriveKey(HashAlgorithmName.SHA256, new byte[16], 32, [], "vault file-key commitment"u8.ToArray()), FileKeySchedule.Commit(key));
        Assert.NotEqual(FileKeySchedule.Commit(key), FileKeySchedule.Commit(other));
    }

    [Fact]
    public void Metadata_AccountFileVersionKindAndKey_AreAllBound()
    {
        using var key = SecretBytes.Random(32);
        using var otherKey = SecretBytes.Random(32);
        var (owner, file) = (AccountId.New(), FileId.New());
        var metadata = Metadata("a/b.txt");
        var target = new SendTarget(file, 3, new byte[32]);
        var forOwner = metadata.SealForOwner(key, owner, target);
        var forReaders = metadata.SealForReaders(key, owner, target);

        Assert.Equal("a/b.txt", FileMetadata.OpenAsOwner(forOwner, key, owner, file, 3)!.Name); // sealed above
        Assert.Equal("a/b.txt", FileMetadata.OpenAsReader(forReaders, key, owner, file, 3)!.Name); // as above
        Assert.Null(FileMetadata.OpenAsOwner(forOwner, otherKey, owner, file, 3));
        Assert.Null(FileMetadata.OpenAsOwner(forOwner, key, AccountId.New(), file, 3));
        Assert.Null(FileMetadata.OpenAsOwner(forOwner, key, owner, FileId.New(), 3));
        Assert.Null(FileMetadata.OpenAsOwner(forOwner, key, owner, file, 2));
        Assert.Null(FileMetadata.OpenAsOwner(forReaders, key, owner, file, 3));
        Assert.Null(FileMetadata.OpenAsReader(forOwner, key, owner, file, 3));
        Assert.Null(FileMetadata.OpenAsOwner(forOwner[..^1], key, owner, file, 3));
        Assert.Null(FileMetadata.OpenAsOwner([], key, owner, file, 3));
    }

    [Fact]
    public void Metadata_OfAnotherRevision_DoesNotOpen()
    {
        using var key = SecretBytes.Random(32);
        var (owner, file) = (AccountId.New(), FileId.New());
        var json = Encoding.UTF8.GetBytes(
            $$"""{"name":"a","size":1,"modifiedAt":"2026-01-01T00:00:00Z","sha256":"{{Convert.ToBase64String(new byte[32])}}","protection":"Key"}""");
        byte[] Box(byte revision) => XChaCha20Poly1305.Seal(
            json,
            [.. "Vault/1 owner metadata\0"u8, .. VaultId.ToBytes(owner), .. VaultId.ToBytes(file), 0, 0, 0, 7, 0, 0, 0, revision], key.Span);

        Assert.NotNull(FileMetadata.OpenAsOwner(Box(1), key, owner, file, 7));
        Assert.Null(FileMetadata.OpenAsOwner(Box(2), key, owner, file, 7));
    }

    [Theory]
    [InlineData("../a")]
    [InlineData("")]
    [InlineData("a\u001b")]
    [InlineData("cafe\u0301")]
    public void Metadata_WithANameThatIsNone_DoesNotOpen(string name)
    {
        using var key = SecretBytes.Random(32);
        var (owner, file) = (AccountId.New(), FileId.New());
        Assert.Null(FileMetadata.OpenAsOwner(Metadata(name).SealForOwner(key, owner, new SendTarget(file, 1, null)), key, owner, file, 1));
    }

    private static FileMetadata Metadata(string name) => new(name, 5, DateTimeOffset.UnixEpoch, new byte[32], FileProtection.Key);
}

using System.Security.Cryptography;
using Vault.Cryptography.Primitives;

namespace Vault.Protocol.Tests;

public sealed class SignedDocumentsTests
{
    private readonly byte[] _seed = RandomNumberGenerator.GetBytes(Ed25519.SeedLength);
    private readonly byte[] _publicKey = new byte[Ed25519.PublicKeyLength];
    private readonly byte[] _macKey = RandomNumberGenerator.GetBytes(32);

    public SignedDocumentsTests() => Ed25519.PublicKey(_publicKey, _seed);

    [Fact]
    public void Profile_Signed_VerifiesAndReadsBack()
    {
        var signed = SignedProfile.Sign(NewProfile(), _seed);

        var profile = signed.Verify();

        Assert.NotNull(profile);
        Assert.Equal("ada@example.org", profile.Email);
        Assert.Null(profile.PreviousProfile);
    }

    [Fact]
    public void Profile_AnyByteChanged_IsRefused()
    {
        var signed = SignedProfile.Sign(NewProfile(), _seed);
        for (var index = 0; index < signed.Bytes.Length; index++)
        {
            signed.Bytes[index] ^= 1;
            Assert.Null(signed.Verify());
            signed.Bytes[index] ^= 1;
        }

        Assert.NotNull(signed.Verify());
    }

    [Fact]
    public void Manifest_Signed_VerifiesWithItsKeysOnly()
    {
        var signed = SignedManifest.Sign(NewManifest(), _seed, _macKey);
        var otherKey = new byte[Ed25519.PublicKeyLength];
        Ed25519.PublicKey(otherKey, RandomNumberGenerator.GetBytes(Ed25519.SeedLength));

        Assert.NotNull(signed.Verify(_publicKey));
        Assert.Null(signed.Verify(otherKey));
        Assert.True(signed.VerifyMac(_macKey));
        Assert.False(signed.VerifyMac(RandomNumberGenerator.GetBytes(32)));
        Assert.False((signed with { Mac = [] }).VerifyMac(_macKey));
        Assert.Null((signed with { Signature = [] }).Verify(_publicKey));
    }

    [Fact]
    public void Grant_Signed_VerifiesWithItsKeyOnly()
    {
        var grant = NewGrant();
        var signed = SignedGrant.Sign(grant, _seed);
        var otherKey = new byte[Ed25519.PublicKeyLength];
        Ed25519.PublicKey(otherKey, RandomNumberGenerator.GetBytes(Ed25519.SeedLength));

        var read = signed.Verify(_publicKey);

        Assert.NotNull(read);
        Assert.Equal(
            (grant.Owner, grant.File, grant.Version, grant.Recipient, grant.ExpiresAt, grant.Number),
            (read.Owner, read.File, read.Version, read.Recipient, read.ExpiresAt, read.Number));
        Assert.Equal(grant.Manifest, read.Manifest);
        Assert.Equal(grant.RecipientProfile, read.RecipientProfile);
        Assert.Equal(grant.Header, read.Header);
        Assert.InRange(signed.Bytes.Length, 1, SignedGrant.MaxLength);
        Assert.Null(signed.Verify(otherKey));
        Assert.Null((signed with { Signature = [] }).Verify(_publicKey));
    }

    [Fact]
    public void Grant_AnyByteChanged_IsRefused()
    {
        var signed = SignedGrant.Sign(NewGrant(), _seed);
        for (var index = 0; index < signed.Bytes.Length; index++)
        {
            signed.Bytes[index] ^= 1;
            Assert.Null(signed.Verify(_publicKey));
            signed.Bytes[index] ^= 1;
        }
    }

    [Fact]
    public void Grant_SignatureOfAManifest_IsRefused()
    {
        var manifest = SignedManifest.Sign(NewManifest(), _seed, _macKey);

        Assert.Null(new SignedGrant(manifest.Bytes, manifest.Signature).Verify(_publicKey));
    }

    [Fact]
    public void Manifest_SignatureOfAProfile_IsRefused()
    {
        var profile = SignedProfile.Sign(NewProfile(), _seed);

        Assert.Null(new SignedManifest(profile.Bytes, profile.Signature, new byte[32]).Verify(_publicKey));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("[1]")]
    [InlineData("{\"version\":1,\"email\":null,\"recipient\":\"\",\"signingKey\":\"\",\"serverKey\":\"\",\"previousProfile\":null}")]
    [InlineData("not json")]
    public void Profile_NoSuchDocument_IsRefused(string json) =>
        Assert.Null(new SignedProfile(System.Text.Encoding.UTF8.GetBytes(json), new byte[64]).Verify());

    private Profile NewProfile() => new(1, "ada@example.org", "age1pq1…", _publicKey, "vaultserver1…", null);

    private static Grant NewGrant() => new(
        AccountId.New(), FileId.New(), 3, RandomNumberGenerator.GetBytes(32), AccountId.New(),
        RandomNumberGenerator.GetBytes(32), RandomNumberGenerator.GetBytes(32),
        new DateTimeOffset(2027, 1, 2, 3, 4, 5, TimeSpan.Zero), 17);

    private static Manifest NewManifest() => new(
        AccountId.New(), FileId.New(), 1, null, new byte[32], new byte[32], 32, PartLayout.DefaultPartSize, new byte[32], new byte[32]);
}

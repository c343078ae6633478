using System.Security.Cryptography;
using Vault.Cryptography.Primitives;
using Vault.Grains.Interfaces;
using Vault.Protocol;

namespace Vault.Grains.Tests;

/// <summary>An access key of somebody's, and the signing key that is certified for it where it can only send.</summary>
internal sealed class TestAccessKey(TestVault vault, TestPerson owner, AccessScope scope)
{
    public byte[] PublicKey { get; } = RandomNumberGenerator.GetBytes(32);

    public byte[] SealedKeys { get; } = RandomNumberGenerator.GetBytes(300);

    public byte[] Seed { get; } = RandomNumberGenerator.GetBytes(Ed25519.SeedLength);

    public AccessKeyId Id { get; } = AccessKeyId.New();

    public string Name { get; init; } = "a script";

    public SessionKey Key => SessionKey.TryRead(PublicKey, out var key) ? key : throw new InvalidOperationException("32 bytes.");

    public IUserGrain Grain => owner.Grain;

    public Caller Caller => new(owner.Account, Key);

    public NewAccessKeyRequest Request => new(
        Id, Name, scope, PublicKey, SealedKeys, vault.Time.GetUtcNow().AddDays(30));

    public async Task<TestAccessKey> AddAsync(NewAccessKeyRequest? request = null)
    {
        Expect.Value(await owner.Grain.AddAccessKey(owner.Session, request ?? Request));
        return this;
    }

    /// <summary>The account's word that <see cref="Seed"/> signs for it.</summary>
    public SignedCertificate Certify(Func<SigningCertificate, SigningCertificate>? change = null, byte[]? signingSeed = null)
    {
        var publicKey = new byte[Ed25519.PublicKeyLength];
        Ed25519.PublicKey(publicKey, Seed);
        var certificate = new SigningCertificate(owner.Account, Id, publicKey, vault.Time.GetUtcNow().AddDays(30));
        return SignedCertificate.Sign(change?.Invoke(certificate) ?? certificate, signingSeed ?? owner.SigningSeed);
    }

    /// <summary>Sends as the holder of this key does.</summary>
    public async Task<SendBatchItemReply> SendAsync(TestSend send, SignedCertificate? certificate, byte[]? seed = null, VersionShares? shares = null)
    {
        var reservations = Expect.Value(await Grain.ReserveSends(Key, [send.Reserve]));
        var target = Expect.Value(Assert.Single(reservations.Items));
        await send.StoreContentAsync(vault);
        var commit = send.Commit(send.Manifest(target), seed ?? Seed);
        commit = commit with { Manifest = commit.Manifest with { Certificate = certificate }, Shares = shares };
        return Assert.Single(Expect.Value(await Grain.CommitSends(Key, [commit])).Items);
    }
}

using System.Security.Cryptography;
using Vault.Grains.Interfaces;
using Vault.Protocol;

namespace Vault.Grains.Tests;

/// <summary>Grants as a client makes them. The header is any bytes: only people can open headers.</summary>
internal sealed class TestShare(TestPerson owner, FileId file)
{
    public FileId File => file;

    /// <summary>A grant of what the target says.</summary>
    public ShareGrant Sign(
        TestPerson recipient, GrantTarget target, int offset = 0, DateTimeOffset? expiresAt = null,
        Func<Grant, Grant>? change = null, byte[]? seed = null)
    {
        var header = RandomNumberGenerator.GetBytes(1_627);
        var grant = new Grant(
            owner.Account, file, target.Version, target.Manifest, recipient.Account, recipient.Profile().Hash(),
            SHA256.HashData(header), expiresAt, target.NextNumber + offset);
        return new ShareGrant(SignedGrant.Sign(change?.Invoke(grant) ?? grant, seed ?? owner.SigningSeed), header);
    }

    public async Task<FileSharesReply> SharesAsync() =>
        Expect.Value(await owner.Grain.GetFileShares(owner.Session, file));

    public async Task<GrantTarget> TargetAsync() => (await SharesAsync()).Target;

    public Task<Outcome<GrantSharesReply>> TryGrantAsync(params IReadOnlyList<ShareGrant> grants) =>
        TryGrantAsync(new GrantSharesRequest(CommandId.New(), grants));

    public Task<Outcome<GrantSharesReply>> TryGrantAsync(GrantSharesRequest request) =>
        owner.Grain.GrantShares(owner.Session, file, request);

    /// <summary>The whole way.</summary>
    public async Task<IReadOnlyList<ShareGrant>> GrantAsync(params IReadOnlyList<TestPerson> recipients)
    {
        var target = await TargetAsync();
        IReadOnlyList<ShareGrant> grants = [.. recipients.Select((recipient, i) => Sign(recipient, target, i))];
        Expect.Value(await TryGrantAsync(grants));
        return grants;
    }

    public async Task RevokeAsync(TestPerson recipient) =>
        Expect.Value(await owner.Grain.RevokeShare(owner.Session, file, recipient.Account));

    /// <summary>What the grants of a send's version must say.</summary>
    public static GrantTarget Of(CommitSendRequest commit, int version, long nextNumber) =>
        new(version, commit.Manifest.Hash(), nextNumber);

    public static async Task<IReadOnlyList<ReceivedShare>> ReceivedAsync(TestPerson recipient) =>
        Expect.Value(await recipient.Grain.ListReceived(recipient.Session, null, 100)).Shares;
}

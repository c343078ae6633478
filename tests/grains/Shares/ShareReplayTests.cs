using Microsoft.Extensions.DependencyInjection;
using Vault.Grains.Interfaces;
using Vault.Protocol;
using Vault.Storage;

namespace Vault.Grains.Tests.Shares;

/// <summary>Shares read back: from snapshots, and from bytes that somebody changed.</summary>
public sealed class ShareReplayTests
{
    [Fact]
    public async Task Restart_AfterSnapshots_AnswersAsBefore()
    {
        await using var vault = await TestVault.StartAsync(
            services => services.Configure<StorageLimits>(limits => limits.SnapshotEvery = 1));
        var (owner, ada, bob, send, share) = await ShareAsync(vault);
        var request = new GrantSharesRequest(CommandId.New(), [share.Sign(bob, await share.TargetAsync())]);
        var reply = Expect.Value(await share.TryGrantAsync(request));
        Expect.Value(await owner.Grain.PutContacts(owner.Session, new PutContactsRequest(1, [7])));
        var next = new TestSend(owner, send.Reserve.NameTag);
        var commit = next.Commit(await next.StageAsync(vault));
        var target = TestShare.Of(commit, 2, 3);
        commit = commit with { Shares = new([share.Sign(ada, target), share.Sign(bob, target, 1)], []) };
        Expect.Receipt(await next.TryCommitAsync(commit));
        var before = await share.SharesAsync();
        await vault.RestartAsync();

        Assert.NotNull(await vault.Log.ReadSnapshotAsync(StreamName.Create("files", share.File.ToString()), default));
        Assert.NotNull(await vault.Log.ReadSnapshotAsync(StreamName.Create("users", bob.Account.ToString()), default));
        Assert.Equivalent(before, await share.SharesAsync());
        Assert.Equal(reply, Expect.Value(await share.TryGrantAsync(request)));
        Assert.Equal(5, (await share.TargetAsync()).NextNumber);
        Assert.Single(await TestShare.ReceivedAsync(bob));
        var version = Expect.Value(await vault.File(share.File).GetVersion(bob.Caller, 0));
        Assert.Equal(commit.Shares.Grants[1].Header, version.Header);
        Expect.Value(await vault.File(share.File).GetPayload(bob.Caller, 1));
        Assert.Equal([7], Expect.Value(await owner.Grain.GetContacts(owner.Session)).Sealed!); // stored above
    }

    [Fact]
    public async Task GetVersion_StoredHeaderWasChanged_IsRefusedAsDamage()
    {
        await using var vault = await TestVault.StartAsync(configure: null);
        var (owner, ada, _, _, share) = await ShareAsync(vault);
        BlobName? grants = null;
        await foreach (var blob in vault.Content.ListAsync(BlobName.Create(owner.Account.ToString()), default))
        {
            grants = blob.Name.ToString().EndsWith(".grants", StringComparison.Ordinal) ? blob.Name : grants;
        }

        Assert.NotNull(grants);
        var bytes = await vault.Content.ReadAsync(grants.Value, 100_000, default);
        bytes![^40] ^= 1; // the blob was just listed
        await vault.Content.ReplaceAsync(grants.Value, bytes, default);

        var e = await Assert.ThrowsAsync<StorageUnavailableException>(
            () => vault.File(share.File).GetVersion(ada.Caller, 0));
        Assert.Equal(StorageFailure.Damaged, e.Reason);
        await vault.Content.DeleteAsync(grants.Value, default);
        e = await Assert.ThrowsAsync<StorageUnavailableException>(
            () => vault.File(share.File).GetVersion(ada.Caller, 0));
        Assert.Equal(StorageFailure.Damaged, e.Reason);
        Expect.Value(await vault.File(share.File).GetVersion(owner.Caller, 0));
    }

    private static async Task<(TestPerson Owner, TestPerson Ada, TestPerson Bob, TestSend Send, TestShare Share)> ShareAsync(
        TestVault vault)
    {
        var owner = await (await new TestPerson(vault).RegisterAsync()).LoginAsync();
        var ada = await (await new TestPerson(vault).RegisterAsync()).LoginAsync();
        var bob = await (await new TestPerson(vault).RegisterAsync()).LoginAsync();
        var send = new TestSend(owner);
        await send.SendAsync(vault);
        var share = new TestShare(owner, send.Reserve.File);
        await share.GrantAsync(ada);
        return (owner, ada, bob, send, share);
    }
}

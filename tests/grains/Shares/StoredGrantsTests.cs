using Vault.Grains.Files;
using Vault.Grains.Interfaces;
using Vault.Protocol;
using Vault.Storage;

namespace Vault.Grains.Tests.Shares;

/// <summary>Grants and recipients' headers are in the store for as long as somebody's share is in them, and no longer.</summary>
public sealed class StoredGrantsTests(TestVault vault) : IClassFixture<TestVault>, IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private TestPerson _owner = null!, _friend = null!, _other = null!; // set by InitializeAsync
    private TestSend _send = null!; // set by InitializeAsync
    private TestShare _share = null!; // set by InitializeAsync

    public async Task InitializeAsync()
    {
        _owner = await (await new TestPerson(vault).RegisterAsync()).LoginAsync();
        _friend = await (await new TestPerson(vault).RegisterAsync()).LoginAsync();
        _other = await (await new TestPerson(vault).RegisterAsync()).LoginAsync();
        _send = new TestSend(_owner);
        await _send.SendAsync(vault);
        _share = new TestShare(_owner, _send.Reserve.File);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Revoke_OnlyRecipientOfACommand_RemovesTheHeader()
    {
        for (var i = 0; i < 3; i++)
        {
            await _share.GrantAsync(_friend);
            Assert.Single(await GrantsAsync());
            await _share.RevokeAsync(_friend);
            Assert.Empty(await GrantsAsync());
        }
    }

    [Fact]
    public async Task Revoke_OneOfTwoOfACommand_KeepsTheirGrantsUntilTheOtherLosesTheFileToo()
    {
        await _share.GrantAsync(_friend, _other);

        await _share.RevokeAsync(_friend);
        await AssertReadsAsync(_other, 1);

        await _share.RevokeAsync(_other);
        Assert.Empty(await GrantsAsync());
    }

    [Fact]
    public async Task Grant_InPlaceOfAnother_LeavesTheNewOneAlone()
    {
        await _share.GrantAsync(_friend);
        var before = await GrantsAsync();
        var again = _share.Sign(_friend, await _share.TargetAsync());

        Expect.Value(await _share.TryGrantAsync(new GrantSharesRequest(CommandId.New(), [again], Replace: true)));

        Assert.DoesNotContain(Assert.Single(before), Assert.Single(await GrantsAsync()));
        await AssertReadsAsync(_friend, 1);
    }

    [Fact]
    public async Task TrashFile_SharedOften_LeavesNone()
    {
        await _share.GrantAsync(_friend);
        await _share.GrantAsync(_other);

        Expect.Value(await _owner.Grain.TrashFile(_owner.Session, _share.File));

        Assert.Empty(await GrantsAsync());
    }

    [Fact]
    public async Task Grant_RecipientClosesTheAccountMeanwhile_LeavesNothing()
    {
        var grant = _share.Sign(_friend, await _share.TargetAsync());
        var held = vault.Log.HoldNext("user.closed.v1");
        var closing = _friend.TryCloseAsync();
        await held.Reached.WaitAsync(Patience);
        var granting = _share.TryGrantAsync(grant);
        using (var patience = new CancellationTokenSource(Patience))
        {
            while ((await GrantsAsync()).Count == 0)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), patience.Token);
            }
        }

        held.Release();

        Expect.Value(await closing.WaitAsync(Patience));
        Expect.Refused(ErrorCode.NotFound, await granting.WaitAsync(Patience));
        Assert.Empty(await GrantsAsync());
    }

    [Fact]
    public async Task Sweep_CrashBehindAVersionWithGrants_DeletesThoseOfTheVersionBefore()
    {
        await _share.GrantAsync(_friend);
        var before = Assert.Single(await GrantsAsync());
        var send = new TestSend(_owner, _send.Reserve.NameTag);
        var commit = send.Commit(await send.StageAsync(vault));
        commit = commit with { Shares = new([_share.Sign(_friend, TestShare.Of(commit, 2, 2))], []) };
        vault.Crash.ArmBehind("file.shared-version-stored.v1");
        await Assert.ThrowsAsync<StorageUnavailableException>(() => ThrowRefusedAsync(send, commit));
        await vault.RestartAsync();
        Assert.Equal(2, (await GrantsAsync()).Count);

        await vault.SweepAsync(_owner);

        Assert.NotEqual(before, Assert.Single(await GrantsAsync()));
        await AssertReadsAsync(_friend, 2);
    }

    [Fact]
    public async Task Sweep_GrantThatWasNeverStored_DeletesItsHeadersAndTheSameCommandWorksAgain()
    {
        await _share.GrantAsync(_other);
        var request = new GrantSharesRequest(CommandId.New(), [_share.Sign(_friend, await _share.TargetAsync())]);
        vault.Log.FailNext("file.shares-granted.v1", Fault.BeforeStoring);
        await Assert.ThrowsAsync<StorageUnavailableException>(() => _share.TryGrantAsync(request));
        Assert.Equal(2, (await GrantsAsync()).Count);

        await vault.SweepAsync(_owner);
        Assert.Single(await GrantsAsync());
        await AssertReadsAsync(_other, 1);

        Expect.Value(await _share.TryGrantAsync(request));
        await AssertReadsAsync(_friend, 1);
    }

    [Fact]
    public async Task Sweep_GrantUnderWay_KeepsItsHeaders()
    {
        var held = vault.Log.HoldNext("file.shares-granted.v1");
        var granting = _share.GrantAsync(_friend);
        await held.Reached.WaitAsync(Patience);
        var sweeping = vault.SweepAsync(_owner);
        var asking = vault.File(_share.File).DeleteGrants(_owner.Account, Assert.Single(await GrantsAsync()));

        held.Release();

        await granting.WaitAsync(Patience);
        Expect.Value(await asking.WaitAsync(Patience));
        await sweeping.WaitAsync(Patience);
        await AssertReadsAsync(_friend, 1);
    }

    [Fact]
    public async Task Sweep_ActivationThatMissedAGrant_KeepsItsHeaders()
    {
        var signed = _share.Sign(_friend, await _share.TargetAsync());
        var blob = GrantBlob.Of([new ReadGrant(signed.Grant.Verify(_owner.Profile().Verify()!.SigningKey)!, signed)]); // signed by that key
        await vault.Content.CreateAsync(GrantBlob.NameOf(_owner.Account, blob.Hash), blob.Content, default);
        Expect.Value(await _friend.Grain.AnnounceShare(_share.File, 1));
        await vault.AppendElsewhereAsync(
            FileState.Definition, _share.File.ToString(), new SharesGranted(CommandId.New(), 1, blob.Hash, blob.Grants, vault.Time.GetUtcNow()));

        await vault.SweepAsync(_owner);

        Assert.Single(await GrantsAsync());
        await AssertReadsAsync(_friend, 1);
    }

    private static async Task ThrowRefusedAsync(TestSend send, CommitSendRequest commit)
    {
        if ((await send.TryCommitAsync(commit)).Problem is { Code: ErrorCode.StorageUnavailable } problem)
        {
            throw new StorageUnavailableException(StorageFailure.Unavailable, problem.Detail);
        }
    }

    private async Task AssertReadsAsync(TestPerson recipient, int version)
    {
        Assert.Single(await TestShare.ReceivedAsync(recipient));
        Assert.Equal(version, Expect.Value(await vault.File(_share.File).GetVersion(recipient.Caller, 0)).Version);
    }

    /// <summary>The hashes of the grants that the store holds for the owner.</summary>
    private async Task<IReadOnlyList<string>> GrantsAsync()
    {
        var hashes = new List<string>();
        await foreach (var entry in vault.Content.ListAsync(BlobName.Create(_owner.Account.ToString()), default))
        {
            if (GrantBlob.TryReadHash(entry.Name, out var hash))
            {
                hashes.Add(hash);
            }
        }

        return hashes;
    }
}

using Vault.Protocol;

namespace Vault.Grains.Tests.Shares;

/// <summary>New versions of files that others have.</summary>
public sealed class SharedVersionTests(TestVault vault) : IClassFixture<TestVault>, IAsyncLifetime
{
    private TestPerson _owner = null!, _ada = null!, _bob = null!; // set by InitializeAsync
    private TestSend _first = null!; // set by InitializeAsync
    private TestShare _share = null!; // set by InitializeAsync

    public async Task InitializeAsync()
    {
        _owner = await (await new TestPerson(vault).RegisterAsync()).LoginAsync();
        _ada = await (await new TestPerson(vault).RegisterAsync()).LoginAsync();
        _bob = await (await new TestPerson(vault).RegisterAsync()).LoginAsync();
        _first = new TestSend(_owner);
        await _first.SendAsync(vault);
        _share = new TestShare(_owner, _first.Reserve.File);
        await _share.GrantAsync(_ada, _bob);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task CommitSends_GrantsForAll_EverybodyHasTheNewVersionAndNobodyIsTold()
    {
        var (send, commit) = await StageAsync();
        var target = TestShare.Of(commit, 2, 3);
        commit = commit with { Shares = new([_share.Sign(_ada, target), _share.Sign(_bob, target, 1)], []) };
        Assert.Equal(2, Expect.Receipt(await send.TryCommitAsync(commit)).Version);
        Assert.Equal(2, Expect.Receipt(await send.TryCommitAsync(commit)).Version);

        foreach (var (person, grant) in new[] { _ada, _bob }.Zip(commit.Shares.Grants))
        {
            var version = Expect.Value(await vault.File(_share.File).GetVersion(person.Caller, 0));
            Assert.Equal(2, version.Version);
            Assert.Equal(grant.Header, version.Header);
            Assert.Equal(2, Assert.Single(await TestShare.ReceivedAsync(person)).Version);
            Expect.Value(await vault.File(_share.File).GetPayload(person.Caller, 1)); // a receive under way can end
            Expect.Refused(ErrorCode.NotFound, await vault.File(_share.File).GetVersion(person.Caller, 1));
            Assert.Single(await vault.EventsAsync("users", person.Account.ToString()), "user.share-announced.v1");
        }

        Assert.Equal((2, 5L), ((await _share.TargetAsync()).Version, (await _share.TargetAsync()).NextNumber));
        Assert.Single(
            await vault.EventsAsync("files", _share.File.ToString()), "file.shared-version-stored.v1");
    }

    [Fact]
    public async Task CommitSends_SomebodyLeftOut_IsAConflictThatNamesThem()
    {
        var (send, commit) = await StageAsync();
        var target = TestShare.Of(commit, 2, 3);
        var none = Expect.Refused(ErrorCode.Conflict, await send.TryCommitAsync(commit)).Shares!; // of shares
        Assert.Equal(ShareConflictReason.RecipientsLeftOut, none.Reason);
        Assert.Equal([_ada.Account, _bob.Account], none.Recipients);
        Assert.Equal((2, 3L), (none.Target.Version, none.Target.NextNumber));
        Assert.Equal(target.Manifest, none.Target.Manifest);
        var half = commit with { Shares = new([_share.Sign(_ada, target)], []) };
        Assert.Equal(
            [_bob.Account], Expect.Refused(ErrorCode.Conflict, await send.TryCommitAsync(half)).Shares!.Recipients); // same

        var dropped = commit with { Shares = new([_share.Sign(_ada, target)], [_bob.Account]) };
        Expect.Receipt(await send.TryCommitAsync(dropped));
        Expect.Value(await vault.File(_share.File).GetVersion(_ada.Caller, 2));
        Expect.Refused(ErrorCode.NotFound, await vault.File(_share.File).GetVersion(_bob.Caller, 0));
        Expect.Refused(ErrorCode.NotFound, await vault.File(_share.File).GetPayload(_bob.Caller, 1));
        Assert.Empty(await TestShare.ReceivedAsync(_bob));
    }

    [Fact]
    public async Task CommitSends_EndedShares_NeedNoGrant()
    {
        await _share.RevokeAsync(_bob);
        var target = await _share.TargetAsync();
        var soon = _share.Sign(_ada, target, expiresAt: vault.Time.GetUtcNow().AddMinutes(1));
        Expect.Value(await _share.TryGrantAsync(new GrantSharesRequest(CommandId.New(), [soon], Replace: true)));
        vault.Time.Advance(TimeSpan.FromMinutes(1));
        var (send, commit) = await StageAsync();

        Expect.Receipt(await send.TryCommitAsync(commit));
        Expect.Refused(ErrorCode.NotFound, await vault.File(_share.File).GetVersion(_ada.Caller, 0));
    }

    [Fact]
    public async Task CommitSends_WrongGrants_AreRefusedWithTheVersion()
    {
        var (send, commit) = await StageAsync();
        var target = TestShare.Of(commit, 2, 3);
        var bob = _share.Sign(_bob, target, 1);
        (ErrorCode Code, ShareConflictReason? Reason, ShareGrant Ada)[] wrong =
        [
            (ErrorCode.InvalidRequest, null, _share.Sign(_ada, target, seed: _ada.SigningSeed)),
            (ErrorCode.InvalidRequest, null, _share.Sign(_ada, await _share.TargetAsync())),
            (ErrorCode.InvalidRequest, null, _share.Sign(_ada, target, change: grant => grant with { File = FileId.New() })),
            (ErrorCode.Conflict, ShareConflictReason.NumberUsed, _share.Sign(_ada, target, -1)),
            (ErrorCode.Conflict, ShareConflictReason.ProfileChanged,
                _share.Sign(_ada, target, change: grant => grant with { RecipientProfile = new byte[32] })),
        ];
        foreach (var (code, reason, ada) in wrong)
        {
            var reply = await send.TryCommitAsync(commit with { Shares = new([ada, bob], []) });
            Assert.Equal(reason, Expect.Refused(code, reply).Shares?.Reason);
        }

        Assert.Equal(1, Expect.Value(await vault.File(_share.File).GetVersion(_owner.Caller, 0)).Version);
        Assert.Equal(1, Expect.Value(await vault.File(_share.File).GetVersion(_ada.Caller, 0)).Version);
    }

    [Fact]
    public async Task CommitSends_FirstVersionWithGrants_IsSharedAtOnce()
    {
        var send = new TestSend(_owner);
        var commit = send.Commit(await send.StageAsync(vault));
        var share = new TestShare(_owner, send.Reserve.File);
        commit = commit with { Shares = new([share.Sign(_ada, TestShare.Of(commit, 1, 1))], []) };
        Expect.Receipt(await send.TryCommitAsync(commit));

        Assert.Equal(2, (await TestShare.ReceivedAsync(_ada)).Count);
        Expect.Value(await vault.File(share.File).GetVersion(_ada.Caller, 1));
        Assert.Equal(2, Expect.Value(await _owner.Grain.ListGiven(_owner.Session, null, 10)).Files.Count);
    }

    [Fact]
    public async Task Rekey_OneDropped_OlderVersionsAndTheirContentAreGone()
    {
        var (send, commit) = await StageAsync();
        var target = TestShare.Of(commit, 2, 3);
        commit = commit with { Shares = new([_share.Sign(_ada, target)], [_bob.Account], RemoveOlder: true) };
        var receipt = Expect.Receipt(await send.TryCommitAsync(commit));

        Assert.Equal(2, receipt.Version);
        Assert.Null(await vault.Content.LengthAsync(_first.ContentBlob, default));
        Assert.NotNull(await vault.Content.LengthAsync(send.ContentBlob, default));
        Assert.Equal(450, Expect.Value(await _owner.Grain.GetSession(_owner.Session)).UsedBytes);
        foreach (var person in new[] { _owner, _ada, _bob })
        {
            Expect.Refused(ErrorCode.NotFound, await vault.File(_share.File).GetVersion(person.Caller, 1));
            Expect.Refused(ErrorCode.NotFound, await vault.File(_share.File).GetPayload(person.Caller, 1));
        }

        Expect.Refused(ErrorCode.NotFound, await vault.File(_share.File).GetVersion(_bob.Caller, 0));
        Assert.Equal(2, Expect.Value(await vault.File(_share.File).GetVersion(_ada.Caller, 0)).Version);
        Assert.Equal(2, Assert.Single(Expect.Value(await _owner.Grain.ListFiles(_owner.Session, null, 10)).Files).Version);
        Assert.Equivalent(receipt, Expect.Receipt(await send.TryCommitAsync(commit)));
        var events = await vault.EventsAsync("users", _owner.Account.ToString());
        Assert.Single(events, "user.versions-replaced.v1");
        Assert.Single(events, "user.replacement-finished.v1");
    }

    [Fact]
    public async Task Rekey_ThenTheReplacedUploadAgain_CannotComeBack()
    {
        var (send, commit) = await StageAsync();
        Expect.Receipt(await send.TryCommitAsync(
            commit with { Shares = new([], [_ada.Account, _bob.Account], RemoveOlder: true) }));
        var reservation = Expect.Value(await _owner.Grain.ReserveSends(_owner.Session, [_first.Reserve]));
        var target = Expect.Value(reservation.Items[0]);
        Assert.Equal((3, true), (target.Version, target.IsShared));
        await _first.StoreContentAsync(vault);

        Assert.Null(Expect.Refused(ErrorCode.Conflict, await _first.TryCommitAsync(_first.Commit(target))).Target);
    }

    [Fact]
    public async Task Replay_OfTheEvents_IsTheSame()
    {
        var (send, commit) = await StageAsync();
        var target = TestShare.Of(commit, 2, 3);
        commit = commit with { Shares = new([_share.Sign(_ada, target)], [_bob.Account], RemoveOlder: true) };
        Expect.Receipt(await send.TryCommitAsync(commit));
        await vault.ForgetAsync(vault.File(_share.File));
        await vault.ForgetAsync(_owner.Grain);

        Assert.Equal(2, Expect.Value(await vault.File(_share.File).GetVersion(_ada.Caller, 0)).Version);
        Expect.Refused(ErrorCode.NotFound, await vault.File(_share.File).GetVersion(_bob.Caller, 0));
        Assert.Equal(450, Expect.Value(await _owner.Grain.GetSession(_owner.Session)).UsedBytes);
        Assert.Equal(4, (await _share.TargetAsync()).NextNumber);
    }

    private async Task<(TestSend Send, CommitSendRequest Commit)> StageAsync()
    {
        var send = new TestSend(_owner, _first.Reserve.NameTag);
        var target = await send.StageAsync(vault);
        Assert.True(target.IsShared);
        return (send, send.Commit(target));
    }
}

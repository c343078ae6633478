using System.Security.Cryptography;
using Vault.Grains.Interfaces;
using Vault.Protocol;

namespace Vault.Grains.Tests.Shares;

public sealed class GrantTests(TestVault vault) : IClassFixture<TestVault>, IAsyncLifetime
{
    private TestPerson _owner = null!, _friend = null!, _stranger = null!; // set by InitializeAsync
    private TestSend _send = null!; // set by InitializeAsync
    private TestShare _share = null!; // set by InitializeAsync

    public async Task InitializeAsync()
    {
        _owner = await (await new TestPerson(vault).RegisterAsync()).LoginAsync();
        _friend = await (await new TestPerson(vault).RegisterAsync()).LoginAsync();
        _stranger = await (await new TestPerson(vault).RegisterAsync()).LoginAsync();
        _send = new TestSend(_owner);
        await _send.SendAsync(vault);
        _share = new TestShare(_owner, _send.Reserve.File);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Grant_NewestVersion_IsReadableAndListedOnBothSides()
    {
        var target = await _share.TargetAsync();
        Assert.Equal((1, 1L), (target.Version, target.NextNumber));
        var grant = _share.Sign(_friend, target);
        var reply = Expect.Value(await _share.TryGrantAsync(grant));

        Assert.Equal((_share.File, 1, 1L, 2L), (reply.File, reply.Version, reply.LastNumber, reply.StreamVersion));
        var version = Expect.Value(await vault.File(_share.File).GetVersion(_friend.Caller, 0));
        Assert.Equal((_owner.Account, 1, null), (version.Owner, version.Version, version.OwnerMetadata));
        Assert.Equal(grant.Header, version.Header);
        Assert.Equal(_send.Metadata, version.Metadata);
        Assert.Equivalent(grant.Grant, version.Received!.Grant); // a recipient's version has it
        Assert.Equal(_owner.Profile().Bytes, version.Received.OwnerProfile.Bytes);
        var payload = Expect.Value(await vault.File(_share.File).GetPayload(_friend.Caller, 1));
        Assert.Equal(new FilePayload(_owner.Account, _send.Upload, 150, 300), payload);

        var page = Expect.Value(await _friend.Grain.ListReceived(_friend.Session, null, 100));
        var received = Assert.Single(page.Shares);
        Assert.Equal((_owner.Account, _share.File, 1), (received.Owner, received.File, received.Version));
        Assert.Equal(grant.Header, received.Header);
        Assert.Equal(_owner.Account, Assert.Single(page.Owners).Account);

        var given = Assert.Single((await _share.SharesAsync()).Shares);
        Assert.Equal(_friend.Account, given.Recipient);
        Assert.Equal(grant.Grant.Bytes, given.Grant.Bytes);
        Assert.Equal(grant.Grant.Signature, given.Grant.Signature);
        Assert.Equal(_friend.Profile().Bytes, given.Profile!.Bytes); // the account exists
        var all = Expect.Value(await _owner.Grain.ListGiven(_owner.Session, null, 10));
        Assert.Equal(_share.File, Assert.Single(all.Files).File);
        Assert.Equal(450, Expect.Value(await _owner.Grain.GetSession(_owner.Session)).UsedBytes);
        Assert.Equal(0, Expect.Value(await _friend.Grain.GetSession(_friend.Session)).UsedBytes);
    }

    [Fact]
    public async Task GetVersion_NotGranted_IsTheAnswerForAFileThatIsNotThere()
    {
        await _share.GrantAsync(_friend);
        var none = await vault.File(FileId.New()).GetVersion(_stranger.Caller, 0);

        Assert.Equal(none, await vault.File(_share.File).GetVersion(_stranger.Caller, 0));
        Assert.Equal(none, await vault.File(_share.File).GetVersion(_friend.Caller, 2));
        Assert.Equal(none.Problem, (await vault.File(_share.File).GetPayload(_stranger.Caller, 0)).Problem);
        Assert.Equal(none.Problem, (await vault.File(_share.File).GetReceived(_stranger.Caller)).Problem);
        foreach (var file in new[] { _share.File, FileId.New() })
        {
            foreach (var other in new[] { _friend, _stranger })
            {
                var request = new GrantSharesRequest(CommandId.New(), [_share.Sign(_stranger, new(1, [], 2))]);
                Assert.Equal(none.Problem, (await other.Grain.GrantShares(other.Session, file, request)).Problem);
                Assert.Equal(none.Problem, (await other.Grain.GetFileShares(other.Session, file)).Problem);
                Assert.Equal(
                    none.Problem, (await other.Grain.RevokeShare(other.Session, file, _friend.Account)).Problem);
                Assert.Equal(none.Problem, (await vault.File(file).Grant(other.Caller, request)).Problem);
                Assert.Equal(none.Problem, (await vault.File(file).Revoke(other.Caller, _friend.Account)).Problem);
                Assert.Equal(none.Problem, (await vault.File(file).GetShares(other.Caller)).Problem);
            }
        }
    }

    [Fact]
    public async Task AnyCommand_WithoutASession_IsRefused()
    {
        var (user, session) = (_owner.Grain, _stranger.Session);
        var request = new GrantSharesRequest(CommandId.New(), []);
        Problem?[] problems =
        [
            (await user.GrantShares(session, _share.File, request)).Problem,
            (await user.RevokeShare(session, _share.File, _friend.Account)).Problem,
            (await user.GetFileShares(session, _share.File)).Problem,
            (await user.ListGiven(session, null, 10)).Problem,
            (await user.ListReceived(session, null, 10)).Problem,
            (await user.FindProfile(session, new FindProfileRequest(_friend.Email))).Problem,
            (await user.GetContacts(session)).Problem,
            (await user.PutContacts(session, new PutContactsRequest(1, [1]))).Problem,
            (await vault.File(_share.File).Revoke(new Caller(_owner.Account, session), _friend.Account)).Problem,
            (await vault.File(_share.File).GetPayload(new Caller(_owner.Account, session), 0)).Problem,
            (await vault.File(_share.File).GetReceived(new Caller(_owner.Account, session))).Problem,
        ];
        Assert.All(problems, problem => Assert.Equal(ErrorCode.NotAuthenticated, problem?.Code));
    }

    [Fact]
    public async Task Grant_SameCommandAgain_IsTheSameAnswerAndOneEvent()
    {
        var target = await _share.TargetAsync();
        var request = new GrantSharesRequest(CommandId.New(), [_share.Sign(_friend, target)]);
        var first = Expect.Value(await _share.TryGrantAsync(request));

        Assert.Equal(first, Expect.Value(await _share.TryGrantAsync(request)));
        await _share.RevokeAsync(_friend);
        Assert.Equal(first, Expect.Value(await _share.TryGrantAsync(request)));
        Expect.Refused(ErrorCode.NotFound, await vault.File(_share.File).GetVersion(_friend.Caller, 0));
        Assert.Single(await vault.EventsAsync("files", _share.File.ToString()), "file.shares-granted.v1");
        var other = request with { Grants = [_share.Sign(_stranger, target, 1)] };
        Assert.Null(Expect.Refused(ErrorCode.Conflict, await _share.TryGrantAsync(other)).Shares);
    }

    [Fact]
    public async Task Grant_AlreadyGranted_IsAConflictUnlessItReplaces()
    {
        await _share.GrantAsync(_friend);
        var target = await _share.TargetAsync();
        var again = _share.Sign(_friend, target, expiresAt: vault.Time.GetUtcNow().AddDays(1));
        AssertConflict(
            ShareConflictReason.AlreadyGranted, await _share.TryGrantAsync(again, _share.Sign(_stranger, target, 1)),
            _friend);
        Expect.Refused(ErrorCode.NotFound, await vault.File(_share.File).GetVersion(_stranger.Caller, 0));

        Expect.Value(await _share.TryGrantAsync(new GrantSharesRequest(CommandId.New(), [again], Replace: true)));
        var version = Expect.Value(await vault.File(_share.File).GetVersion(_friend.Caller, 0));
        Assert.Equal(again.Header, version.Header);
        Assert.Single(await TestShare.ReceivedAsync(_friend));
    }

    [Fact]
    public async Task Grant_Forged_IsRefusedFieldByField()
    {
        var target = await _share.TargetAsync();
        ShareGrant Changed(Func<Grant, Grant> change) => _share.Sign(_friend, target, change: change);
        var right = _share.Sign(_friend, target);
        IReadOnlyList<ShareGrant>[] wrong =
        [
            [],
            [null!], // as JSON may bring it
            [_share.Sign(_friend, target, seed: _friend.SigningSeed)],
            [right with { Header = RandomNumberGenerator.GetBytes(1_627) }],
            [right with { Header = [] }],
            [right with { Header = new byte[ShareGrant.MaxHeaderLength + 1] }],
            [right with { Grant = right.Grant with { Signature = [] } }],
            [right, right],
            [right, _share.Sign(_stranger, target)],
            [Changed(grant => grant with { Owner = _friend.Account })],
            [Changed(grant => grant with { File = FileId.New() })],
            [Changed(grant => grant with { ExpiresAt = vault.Time.GetUtcNow() })],
            [Changed(grant => grant with { Number = 0 })],
            [_share.Sign(_owner, target)],
        ];
        foreach (var grants in wrong)
        {
            Expect.Refused(ErrorCode.InvalidRequest, await _share.TryGrantAsync(grants));
        }

        AssertConflict(
            ShareConflictReason.VersionChanged, await _share.TryGrantAsync(Changed(grant => grant with { Version = 2 })));
        AssertConflict(
            ShareConflictReason.VersionChanged,
            await _share.TryGrantAsync(Changed(grant => grant with { Manifest = new byte[32] })));
        AssertConflict(
            ShareConflictReason.ProfileChanged,
            await _share.TryGrantAsync(Changed(grant => grant with { RecipientProfile = new byte[32] })), _friend);
        var nobody = AccountId.New();
        var unknown = await _share.TryGrantAsync(Changed(grant => grant with { Recipient = nobody }));
        Assert.Equal([nobody], Expect.Refused(ErrorCode.Conflict, unknown).Shares!.Recipients); // of shares
        Assert.Single(await vault.EventsAsync("files", _share.File.ToString()));
        Expect.Refused(ErrorCode.NotFound, await vault.File(_share.File).GetVersion(_friend.Caller, 0));
    }

    [Fact]
    public async Task Revoke_OneOfTwo_EndsAtTheNextRequestAndForTheOneOnly()
    {
        await _share.GrantAsync(_friend, _stranger);
        Expect.Value(await vault.File(_share.File).GetPayload(_friend.Caller, 1));
        await _share.RevokeAsync(_friend);
        await _share.RevokeAsync(_friend);

        Expect.Refused(ErrorCode.NotFound, await vault.File(_share.File).GetPayload(_friend.Caller, 1));
        Expect.Refused(ErrorCode.NotFound, await vault.File(_share.File).GetVersion(_friend.Caller, 0));
        Expect.Value(await vault.File(_share.File).GetVersion(_stranger.Caller, 0));
        Assert.Empty(await TestShare.ReceivedAsync(_friend));
        Assert.Empty(await TestShare.ReceivedAsync(_friend));
        Assert.Single(await vault.EventsAsync("users", _friend.Account.ToString()), "user.shares-forgotten.v1");
        Assert.Single(await TestShare.ReceivedAsync(_stranger));
        Assert.Equal(_stranger.Account, Assert.Single((await _share.SharesAsync()).Shares).Recipient);
        Assert.Single(await vault.EventsAsync("files", _share.File.ToString()), "file.shares-revoked.v1");
    }

    [Fact]
    public async Task Grant_RevokedOneSentAgain_IsRefusedAndANewOneWorks()
    {
        var old = await _share.GrantAsync(_friend);
        await _share.RevokeAsync(_friend);
        AssertConflict(ShareConflictReason.NumberUsed, await _share.TryGrantAsync(old));

        await _share.GrantAsync(_friend);
        Assert.Single(await TestShare.ReceivedAsync(_friend));
        Expect.Value(await vault.File(_share.File).GetVersion(_friend.Caller, 0));
    }

    [Fact]
    public async Task Expiry_Passed_EndsTheShareAtTheNextRequest()
    {
        var target = await _share.TargetAsync();
        var end = vault.Time.GetUtcNow().AddMinutes(10);
        Expect.Value(await _share.TryGrantAsync(_share.Sign(_friend, target, expiresAt: end)));
        vault.Time.Advance(TimeSpan.FromMinutes(9));
        Expect.Value(await vault.File(_share.File).GetPayload(_friend.Caller, 1));
        Assert.Single((await _share.SharesAsync()).Shares);
        vault.Time.Advance(TimeSpan.FromMinutes(1));

        Expect.Refused(ErrorCode.NotFound, await vault.File(_share.File).GetPayload(_friend.Caller, 1));
        Expect.Refused(ErrorCode.NotFound, await vault.File(_share.File).GetVersion(_friend.Caller, 0));
        Assert.Empty(await TestShare.ReceivedAsync(_friend));
        Assert.Empty((await _share.SharesAsync()).Shares);
        Assert.Empty(Expect.Value(await _owner.Grain.ListGiven(_owner.Session, null, 10)).Files);
        await _share.GrantAsync(_friend);
        Assert.Single(await TestShare.ReceivedAsync(_friend));
    }

    [Fact]
    public async Task RemoveFile_Shared_LeavesTheRecipientsListAndTheStore()
    {
        await _share.GrantAsync(_friend);
        Expect.Value(await _owner.Grain.RemoveFile(_owner.Session, _share.File));

        Expect.Refused(ErrorCode.NotFound, await vault.File(_share.File).GetVersion(_friend.Caller, 0));
        Assert.Empty(await TestShare.ReceivedAsync(_friend));
        Assert.Empty(Expect.Value(await _owner.Grain.ListGiven(_owner.Session, null, 10)).Files);
        await foreach (var blob in vault.Content.ListAsync(Storage.BlobName.Create(_owner.Account.ToString()), default))
        {
            Assert.DoesNotContain(".grants", blob.Name.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task ListReceived_Pages_HaveEveryFileOnce()
    {
        for (var i = 0; i < 5; i++)
        {
            var send = new TestSend(_owner);
            await send.SendAsync(vault);
            await new TestShare(_owner, send.Reserve.File).GrantAsync(_stranger);
        }

        var (files, given) = (new List<FileId>(), new List<FileId>());
        for (FileId? after = null, next; ; after = next)
        {
            var page = Expect.Value(await _stranger.Grain.ListReceived(_stranger.Session, after, 2));
            files.AddRange(page.Shares.Select(share => share.File));
            given.AddRange(Expect.Value(await _owner.Grain.ListGiven(_owner.Session, after, 2)).Files.Select(file => file.File));
            if ((next = page.Next) is null)
            {
                break;
            }
        }

        Assert.Equal(5, files.Distinct().Count());
        Assert.Equal(files, given);
        foreach (var limit in new[] { 0, 251 })
        {
            Expect.Refused(ErrorCode.InvalidRequest, await _owner.Grain.ListReceived(_owner.Session, null, limit));
            Expect.Refused(ErrorCode.InvalidRequest, await _owner.Grain.ListGiven(_owner.Session, null, limit));
        }
    }

    [Fact]
    public async Task Restart_SnapshotOfBothSides_KeepsTheShare()
    {
        var grant = Assert.Single(await _share.GrantAsync(_friend));
        await vault.ForgetAsync(vault.File(_share.File));
        await vault.ForgetAsync(_friend.Grain);

        Assert.Equal(grant.Header, Expect.Value(await vault.File(_share.File).GetVersion(_friend.Caller, 0)).Header);
        Assert.Single(await TestShare.ReceivedAsync(_friend));
    }

    [Fact]
    public async Task Grant_EachToTheOtherAtOnce_NeitherWaitsForTheOther()
    {
        var theirs = new TestSend(_friend);
        await theirs.SendAsync(vault);
        var back = new TestShare(_friend, theirs.Reserve.File);
        await Task.WhenAll(_share.GrantAsync(_friend), back.GrantAsync(_owner));

        Assert.Single(await TestShare.ReceivedAsync(_friend));
        Assert.Single(await TestShare.ReceivedAsync(_owner));
    }

    private static void AssertConflict(
        ShareConflictReason reason, Outcome<GrantSharesReply> outcome, params IReadOnlyList<TestPerson> people)
    {
        var conflict = Expect.Refused(ErrorCode.Conflict, outcome).Shares;
        Assert.Equal(reason, conflict?.Reason);
        Assert.Equal(people.Select(person => person.Account), conflict?.Recipients);
    }
}

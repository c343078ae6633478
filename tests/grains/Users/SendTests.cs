using System.Security.Cryptography;
using Vault.Grains.Interfaces;
using Vault.Protocol;

namespace Vault.Grains.Tests.Users;

public sealed class SendTests(TestVault vault) : IClassFixture<TestVault>, IAsyncLifetime
{
    private TestPerson _owner = null!; // set by InitializeAsync

    public async Task InitializeAsync() => _owner = await (await new TestPerson(vault).RegisterAsync()).LoginAsync();

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task CommitSends_NewName_IsListedAndReadable()
    {
        var send = new TestSend(_owner);
        var target = await send.StageAsync(vault);
        Assert.Equal(new SendTarget(send.Reserve.File, 1, null), target);
        var commit = send.Commit(target);
        var receipt = Expect.Receipt(await send.TryCommitAsync(commit));

        Assert.Equal((target.File, 1, 1L), (receipt.File, receipt.Version, receipt.StreamVersion));
        Assert.Equal(commit.Manifest.Hash(), receipt.ManifestHash);
        Assert.Equal(PartLayout.HashOfList(send.PartHashes), receipt.PartList);
        var entry = Assert.Single(Expect.Value(await _owner.Grain.ListFiles(_owner.Session, null, 10)).Files);
        Assert.Equal((target.File, 1, 450L), (entry.File, entry.Version, entry.StoredLength));
        Assert.Equal(send.OwnerMetadata, entry.OwnerMetadata);
        var found = Expect.Value(await _owner.Grain.FindFile(_owner.Session, send.Reserve.NameTag));
        Assert.Equal(target.File, Assert.Single(found.Files).File);
        var version = Expect.Value(await vault.File(target.File).GetVersion(_owner.Caller, 0));
        var payload = Expect.Value(await vault.File(target.File).GetPayload(_owner.Caller, 0));
        Assert.Equal(new FilePayload(_owner.Account, send.Upload, 150, 300), payload);
        Assert.Equal(commit.Header, version.Header);
        Assert.Equal(entry.StoredAt, version.StoredAt);
        Assert.Equal(450, Expect.Value(await _owner.Grain.GetSession(_owner.Session)).UsedBytes);
    }

    [Fact]
    public async Task CommitSends_SentAgain_GivesTheSameReceiptAndOneEvent()
    {
        var send = new TestSend(_owner);
        var target = await send.StageAsync(vault);
        var first = Expect.Receipt(await send.TryCommitAsync(send.Commit(target)));
        var answer = Expect.Value(await _owner.Grain.ReserveSends(_owner.Session, [send.Reserve]));
        var second = Expect.Receipt(await send.TryCommitAsync(send.Commit(target)));

        Assert.Equivalent(first, second);
        Assert.Equal(target, Expect.Value(answer.Items[0]));
        Assert.Single(await vault.EventsAsync("files", target.File.ToString()));
        Assert.Equal(450, Expect.Value(await _owner.Grain.GetSession(_owner.Session)).UsedBytes);
        var other = send.Commit(send.Manifest(target) with { FileKeyCommitment = RandomNumberGenerator.GetBytes(32) });
        Expect.Refused(ErrorCode.Conflict, await send.TryCommitAsync(other));
    }

    [Fact]
    public async Task ReserveSends_SameUpload_IsTheSameAnswerOrAConflict()
    {
        var send = new TestSend(_owner);
        var target = await send.StageAsync(vault);
        var answers = Expect.Value(await _owner.Grain.ReserveSends(
            _owner.Session, [send.Reserve, send.Reserve with { PayloadLength = 301 }]));

        Assert.Equal(target, Expect.Value(answers.Items[0]));
        Expect.Refused(ErrorCode.Conflict, answers.Items[1]);
    }

    [Fact]
    public async Task ReserveSends_FileIdOfAnotherFile_IsAConflict()
    {
        var listed = new TestSend(_owner);
        await listed.SendAsync(vault);
        var open = new TestSend(_owner);
        await open.StageAsync(vault);
        var answers = Expect.Value(await _owner.Grain.ReserveSends(_owner.Session,
        [
            new TestSend(_owner).Reserve with { File = listed.Reserve.File },
            new TestSend(_owner).Reserve with { File = open.Reserve.File },
        ]));
        Assert.All(answers.Items, answer => Expect.Refused(ErrorCode.Conflict, answer));
    }

    [Fact]
    public async Task CommitSends_FileIdOfAnotherAccount_IsAConflictWithoutATarget()
    {
        var theirs = new TestSend(_owner);
        await theirs.SendAsync(vault);
        var other = await (await new TestPerson(vault).RegisterAsync()).LoginAsync();
        var send = new TestSend(other);
        var reserve = send.Reserve with { File = theirs.Reserve.File };
        var target = Expect.Value(Expect.Value(await other.Grain.ReserveSends(other.Session, [reserve])).Items[0]);
        await send.StoreContentAsync(vault);
        Assert.Null(Expect.Refused(ErrorCode.Conflict, await send.TryCommitAsync(send.Commit(target))).Target);
    }

    [Fact]
    public async Task CommitSends_SameNameTwiceAtOnce_OneWinsAndTheOtherFollowsAfterSigningAgain()
    {
        var tag = RandomNumberGenerator.GetBytes(32);
        TestSend[] sends = [new(_owner, tag), new(_owner, tag)];
        var targets = new[] { await sends[0].StageAsync(vault), await sends[1].StageAsync(vault) };
        Assert.Equal(targets[0], targets[1]);
        var replies = await Task.WhenAll(sends.Select(send => send.TryCommitAsync(send.Commit(targets[0]))));

        var loser = Array.FindIndex(replies, reply => reply.Receipt is null);
        var winner = Expect.Receipt(replies[1 - loser]);
        var target = Expect.Refused(ErrorCode.Conflict, replies[loser]).Target!; // a conflict of versions has a target
        Assert.Equal((winner.File, 2), (target.File, target.Version));
        Assert.Equal(winner.ManifestHash, target.PreviousManifest);
        var second = Expect.Receipt(await sends[loser].TryCommitAsync(sends[loser].Commit(target)));
        Assert.Equal(2, second.Version);
        var entry = Assert.Single(Expect.Value(await _owner.Grain.ListFiles(_owner.Session, null, 10)).Files);
        Assert.Equal(2, entry.Version);
        Assert.Equal(900, Expect.Value(await _owner.Grain.GetSession(_owner.Session)).UsedBytes);
        Expect.Value(await vault.File(winner.File).GetVersion(_owner.Caller, 1));
        Expect.Refused(ErrorCode.NotFound, await vault.File(winner.File).GetVersion(_owner.Caller, 3));
    }

    [Fact]
    public async Task CommitSends_ForgedManifest_IsRefusedFieldByField()
    {
        var send = new TestSend(_owner);
        var target = await send.StageAsync(vault);
        var right = send.Manifest(target);
        var commit = send.Commit(right);
        (ErrorCode Code, CommitSendRequest Commit)[] wrong =
        [
            (ErrorCode.InvalidRequest, send.Commit(right, new byte[32])),
            (ErrorCode.InvalidRequest, send.Commit(right with { Owner = AccountId.New() })),
            (ErrorCode.Conflict, send.Commit(right with { File = FileId.New() })),
            (ErrorCode.Conflict, send.Commit(right with { Version = 2 })),
            (ErrorCode.Conflict, send.Commit(right with { PreviousManifest = new byte[32] })),
            (ErrorCode.InvalidRequest, send.Commit(right with { OwnerMetadata = new byte[32] })),
            (ErrorCode.InvalidRequest, send.Commit(right with { Metadata = new byte[32] })),
            (ErrorCode.InvalidRequest, send.Commit(right with { PayloadLength = 301 })),
            (ErrorCode.InvalidRequest, send.Commit(right with { PartSize = 2 * PartLayout.SealedChunkLength })),
            (ErrorCode.InvalidRequest, send.Commit(right with { PartList = new byte[32] })),
            (ErrorCode.InvalidRequest, send.Commit(right with { FileKeyCommitment = new byte[31] })),
            (ErrorCode.InvalidRequest, commit with { Manifest = commit.Manifest with { Mac = new byte[31] } }),
            (ErrorCode.InvalidRequest, commit with { Manifest = commit.Manifest with { Signature = new byte[63] } }),
            (ErrorCode.InvalidRequest, commit with { Header = new byte[149] }),
            (ErrorCode.InvalidRequest, commit with { PartHashes = new byte[64] }),
            (ErrorCode.InvalidRequest, commit with { OwnerMetadata = new byte[10] }),
            (ErrorCode.InvalidRequest, commit with { Metadata = new byte[17 * 1024] }),
        ];
        foreach (var (code, bad) in wrong)
        {
            Expect.Refused(code, await send.TryCommitAsync(bad));
        }

        Expect.Receipt(await send.TryCommitAsync(commit));
    }

    [Fact]
    public async Task CommitSends_WithoutContentOrReservation_IsRefused()
    {
        var send = new TestSend(_owner);
        var target = new SendTarget(send.Reserve.File, 1, null);
        Expect.Refused(ErrorCode.NotFound, await send.TryCommitAsync(send.Commit(target)));
        Expect.Value(await _owner.Grain.ReserveSends(_owner.Session, [send.Reserve]));
        Expect.Refused(ErrorCode.InvalidRequest, await send.TryCommitAsync(send.Commit(target)));
    }

    [Fact]
    public async Task GetVersion_NotYoursOrNotThere_IsTheSameAnswer()
    {
        var send = new TestSend(_owner);
        await send.SendAsync(vault);
        var other = await (await new TestPerson(vault).RegisterAsync()).LoginAsync();
        var theirs = await vault.File(send.Reserve.File).GetVersion(other.Caller, 0);
        var none = await vault.File(FileId.New()).GetVersion(other.Caller, 0);

        Assert.Equal(Expect.Refused(ErrorCode.NotFound, none), Expect.Refused(ErrorCode.NotFound, theirs));
        Assert.Equal(none.Problem, (await vault.File(send.Reserve.File).FindUpload(other.Account, send.Upload)).Problem);
        Expect.Refused(ErrorCode.NotAuthenticated, await vault.File(send.Reserve.File).GetVersion(
            new Caller(_owner.Account, other.Session), 0));
    }

    [Fact]
    public async Task CommitSends_ABatch_IsOneEventInTheOwnersList()
    {
        var sends = Enumerable.Range(0, 40).Select(_ => new TestSend(_owner)).ToList();
        var before = (await vault.EventsAsync("users", _owner.Account.ToString())).Count;
        var targets = Expect.Value(await _owner.Grain.ReserveSends(_owner.Session, [.. sends.Select(s => s.Reserve)]));
        await Task.WhenAll(sends.Select(send => send.StoreContentAsync(vault)));
        var commits = sends.Zip(targets.Items, (send, target) => send.Commit(Expect.Value(target))).ToList();
        var reply = Expect.Value(await _owner.Grain.CommitSends(_owner.Session, commits));

        Assert.Equal(sends.Select(s => s.Upload), reply.Items.Select(item => item.Upload));
        Assert.All(reply.Items, item => Expect.Receipt(item));
        Assert.Equal(
            ["user.sends-reserved.v1", "user.sends-committed.v1"],
            (await vault.EventsAsync("users", _owner.Account.ToString())).Skip(before));
        await AssertPagesAsync(sends.Select(send => send.Reserve.File));
    }

    [Fact]
    public async Task ReserveSends_TooManyOrNone_IsRefused()
    {
        Expect.Refused(ErrorCode.InvalidRequest, await _owner.Grain.ReserveSends(_owner.Session, []));
        var many = Enumerable.Repeat(new TestSend(_owner).Reserve, SendBatch.MaxItems + 1).ToList();
        Expect.Refused(ErrorCode.InvalidRequest, await _owner.Grain.ReserveSends(_owner.Session, many));
        Expect.Refused(ErrorCode.InvalidRequest, await _owner.Grain.ListFiles(_owner.Session, null, 0));
        Expect.Refused(ErrorCode.InvalidRequest, await _owner.Grain.FindFile(_owner.Session, [1]));
    }

    [Fact]
    public async Task ReleaseSend_OpenReservation_GivesItsLengthBack()
    {
        var send = new TestSend(_owner);
        await send.StageAsync(vault);
        Assert.Equal(450, Expect.Value(await _owner.Grain.GetSession(_owner.Session)).UsedBytes);
        Assert.Equivalent(send.Reserve, Expect.Value(await _owner.Grain.GetReservation(_owner.Session, send.Upload)));
        Expect.Value(await _owner.Grain.ReleaseSend(_owner.Session, send.Upload));
        Expect.Value(await _owner.Grain.ReleaseSend(_owner.Session, send.Upload));

        Assert.Equal(0, Expect.Value(await _owner.Grain.GetSession(_owner.Session)).UsedBytes);
        Expect.Refused(ErrorCode.NotFound, await _owner.Grain.GetReservation(_owner.Session, send.Upload));
    }

    [Fact]
    public async Task RemoveFile_ListedFile_TakesListStreamAndContent()
    {
        var send = new TestSend(_owner);
        await send.SendAsync(vault);
        var open = new TestSend(_owner, send.Reserve.NameTag);
        await open.StageAsync(vault);
        Expect.Value(await _owner.Grain.RemoveFile(_owner.Session, send.Reserve.File));

        Assert.Empty(Expect.Value(await _owner.Grain.ListFiles(_owner.Session, null, 10)).Files);
        Assert.Equal(0, Expect.Value(await _owner.Grain.GetSession(_owner.Session)).UsedBytes);
        Expect.Refused(ErrorCode.NotFound, await vault.File(send.Reserve.File).GetVersion(_owner.Caller, 0));
        Assert.Null(await vault.Content.LengthAsync(send.ContentBlob, default));
        Assert.Equal(
            ["file.version-stored.v1", "file.erased.v1"],
            await vault.EventsAsync("files", send.Reserve.File.ToString()));

        // Again it is no error; the name is free; the id is not.
        Expect.Value(await _owner.Grain.RemoveFile(_owner.Session, send.Reserve.File));
        var again = new TestSend(_owner, send.Reserve.NameTag);
        Assert.Equal(again.Reserve.File, (await again.StageAsync(vault)).File);
    }

    [Fact]
    public async Task RemoveFile_NotYoursOrNotThere_IsNotFoundAndRemovesNothing()
    {
        var send = new TestSend(_owner);
        await send.SendAsync(vault);
        var other = await (await new TestPerson(vault).RegisterAsync()).LoginAsync();
        Expect.Refused(ErrorCode.NotFound, await other.Grain.RemoveFile(other.Session, send.Reserve.File));
        Expect.Refused(ErrorCode.NotFound, await other.Grain.RemoveFile(other.Session, FileId.New()));
        Expect.Refused(ErrorCode.NotFound, await vault.File(send.Reserve.File).Remove(_owner.Account));
        Expect.Value(await vault.File(send.Reserve.File).GetVersion(_owner.Caller, 0));
    }

    private async Task AssertPagesAsync(IEnumerable<FileId> expected)
    {
        var listed = new List<FileId>();
        FileId? after = null;
        do
        {
            var page = Expect.Value(await _owner.Grain.ListFiles(_owner.Session, after, 7));
            listed.AddRange(page.Files.Select(file => file.File));
            after = page.Next;
        }
        while (after is not null);

        Assert.Equal(expected.Select(file => file.ToString()).Order(StringComparer.Ordinal), listed.Select(f => f.ToString()));
    }
}

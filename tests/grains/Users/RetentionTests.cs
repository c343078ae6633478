using System.Security.Cryptography;
using Vault.Grains.Interfaces;
using Vault.Grains.Users;
using Vault.Protocol;

namespace Vault.Grains.Tests.Users;

/// <summary>What is over is cleared away, and nothing else.</summary>
public sealed class RetentionTests(TestVault vault) : IClassFixture<TestVault>, IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private TestPerson _owner = null!; // set by InitializeAsync

    public async Task InitializeAsync() => _owner = await (await new TestPerson(vault).RegisterAsync()).LoginAsync();

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Sweep_AbandonedSend_GivesItsQuotaAndContentBack()
    {
        var abandoned = new TestSend(_owner);
        await abandoned.StageAsync(vault);
        var stored = new TestSend(_owner);
        await stored.SendAsync(vault);

        await vault.SweepAsync(_owner);
        Assert.NotNull(await vault.Content.LengthAsync(abandoned.ContentBlob, default));

        vault.Time.Advance(TimeSpan.FromHours(25));
        await vault.SweepAsync(_owner);

        Assert.Null(await vault.Content.LengthAsync(abandoned.ContentBlob, default));
        Assert.Equal(450, await vault.Content.LengthAsync(stored.ContentBlob, default));
        await _owner.LoginAsync();
        Assert.Equal(450, Expect.Value(await _owner.Grain.GetSession(_owner.Session)).UsedBytes);
    }

    [Fact]
    public async Task Sweep_PartsOfASendWhoseTimeIsOver_AreDroppedAndThoseOfAnOpenOneKept()
    {
        var abandoned = new TestSend(_owner);
        await abandoned.StagePartAsync(vault);
        vault.Time.Advance(TimeSpan.FromHours(25));
        await _owner.LoginAsync();
        var open = new TestSend(_owner);
        await open.StagePartAsync(vault);

        await vault.SweepAsync(_owner);

        Assert.Empty(await vault.Content.StagedPartsAsync(abandoned.ContentBlob, default));
        Assert.Single(await vault.Content.StagedPartsAsync(open.ContentBlob, default));
    }

    [Fact]
    public async Task Sweep_SendWhoseVersionWasNeverListed_KeepsIt()
    {
        // The file's stream has the version; the owner's list was not told before the time was over.
        var send = new TestSend(_owner);
        var target = await send.StageAsync(vault);
        Expect.Value(await vault.File(target.File).Commit(_owner.Account, send.Reserve, send.Commit(target)));

        vault.Time.Advance(TimeSpan.FromHours(25));
        await vault.SweepAsync(_owner);

        await _owner.LoginAsync();
        Assert.Equal(450, await vault.Content.LengthAsync(send.ContentBlob, default));
        Assert.Equal(target.File, Assert.Single(Expect.Value(await _owner.Grain.ListFiles(_owner.Session, null, 10)).Files).File);
    }

    [Fact]
    public async Task Sweep_ContentThatNothingRefersTo_IsDeleted()
    {
        var released = new TestSend(_owner);
        await released.StageAsync(vault);
        Expect.Value(await _owner.Grain.ReleaseSend(_owner.Session, released.Upload));
        var open = new TestSend(_owner);
        await open.StageAsync(vault);

        await vault.SweepAsync(_owner);

        Assert.Null(await vault.Content.LengthAsync(released.ContentBlob, default));
        Assert.NotNull(await vault.Content.LengthAsync(open.ContentBlob, default));
    }

    [Fact]
    public async Task Sweep_ActivationThatMissedASend_KeepsItsContent()
    {
        var send = new TestSend(_owner);
        Assert.True(NameTag.TryRead(send.Reserve.NameTag, out var tag));
        var reserved = new Reservation(
            send.Upload, send.Reserve.File, tag, send.Reserve.HeaderLength, send.Reserve.PayloadLength, send.Reserve.PartSize,
            vault.Time.GetUtcNow().AddHours(1));
        await vault.AppendElsewhereAsync(UserAggregate.Definition, _owner.Account.ToString(), new SendsReserved([reserved], []));
        await send.StoreContentAsync(vault);

        await Assert.ThrowsAsync<StorageUnavailableException>(() => vault.SweepAsync(_owner));

        Assert.Equal(450, await vault.Content.LengthAsync(send.ContentBlob, default));
        await vault.SweepAsync(_owner);
        Expect.Receipt(await send.TryCommitAsync(send.Commit(new SendTarget(send.Reserve.File, 1, null))));
    }

    [Fact]
    public async Task Sweep_TimeInTheTrashIsOver_RemovesTheFileForGood()
    {
        var send = new TestSend(_owner);
        var target = await send.StageAsync(vault);
        Expect.Receipt(await send.TryCommitAsync(send.Commit(target)));
        Expect.Value(await _owner.Grain.TrashFile(_owner.Session, target.File));
        vault.Time.Advance(TimeSpan.FromDays(29));
        await vault.SweepAsync(_owner);
        Assert.NotNull(await vault.Content.LengthAsync(send.ContentBlob, default));

        vault.Time.Advance(TimeSpan.FromDays(2));
        await vault.SweepAsync(_owner);

        Assert.Null(await vault.Content.LengthAsync(send.ContentBlob, default));
        await _owner.LoginAsync();
        Assert.Empty(Expect.Value(await _owner.Grain.ListTrash(_owner.Session, null, 10)).Files);
        Assert.Equal(0, Expect.Value(await _owner.Grain.GetSession(_owner.Session)).UsedBytes);
    }

    [Fact]
    public async Task Sweep_ManyFilesWhoseTimeInTheTrashIsOver_RemovesFewAtATimeAndSaysThatThereAreMore()
    {
        var sends = new List<TestSend>();
        for (var i = 0; i < 20; i++)
        {
            sends.Add(new TestSend(_owner));
            await sends[i].SendAsync(vault);
            Expect.Value(await _owner.Grain.TrashFile(_owner.Session, sends[i].Reserve.File));
        }

        vault.Time.Advance(TimeSpan.FromDays(31));
        Assert.True(await _owner.Grain.Sweep());
        Assert.InRange((await RemovedAsync()).Count, 1, 10);

        await vault.SweepAsync(_owner);

        Assert.Equal(20, (await RemovedAsync()).Count);
        foreach (var send in sends)
        {
            Assert.Null(await vault.Content.LengthAsync(send.ContentBlob, default));
        }

        async Task<IReadOnlyList<string>> RemovedAsync() =>
            [.. (await vault.EventsAsync("users", _owner.Account.ToString())).Where(type => type == "user.removal-finished.v1")];
    }

    [Fact]
    public async Task Sweep_StoreTakesLongToList_KeepsTheAccountFromNothing()
    {
        var gate = new TaskCompletionSource();
        vault.Content.Listing = gate.Task;
        var sweeping = vault.SweepAsync(_owner);
        var send = new TestSend(_owner);
        try
        {
            await send.StageAsync(vault).WaitAsync(Patience);
            Assert.False(sweeping.IsCompleted);
        }
        finally
        {
            vault.Content.Listing = Task.CompletedTask;
            gate.SetResult();
        }

        await sweeping.WaitAsync(Patience);
        Assert.NotNull(await vault.Content.LengthAsync(send.ContentBlob, default));
    }

    [Fact]
    public async Task DeleteUnreferred_AnnouncedAgainMeanwhile_KeepsTheContent()
    {
        var send = new TestSend(_owner);
        await send.StageAsync(vault);
        Expect.Value(await _owner.Grain.ReleaseSend(_owner.Session, send.Upload));
        Assert.Equal([send.Upload], await _owner.Grain.GetUnreferred([send.Upload]));

        Expect.Value(await _owner.Grain.ReserveSends(_owner.Session, [send.Reserve]));
        await _owner.Grain.DeleteUnreferred([send.Upload], areStaged: false);

        Assert.NotNull(await vault.Content.LengthAsync(send.ContentBlob, default));
    }

    [Fact]
    public async Task ReserveSends_UploadOfAFileInTheTrash_IsAConflict()
    {
        var send = new TestSend(_owner);
        var target = await send.StageAsync(vault);
        Expect.Receipt(await send.TryCommitAsync(send.Commit(target)));
        Expect.Value(await _owner.Grain.TrashFile(_owner.Session, target.File));

        var answers = Expect.Value(await _owner.Grain.ReserveSends(_owner.Session, [send.Reserve, send.Reserve with { Upload = UploadId.New() }]));

        Expect.Refused(ErrorCode.Conflict, answers.Items[0]);
        Expect.Refused(ErrorCode.Conflict, answers.Items[1]); // its file id is in the trash, too
    }

    [Fact]
    public async Task State_AfterForgetting_HasTrashAndNames()
    {
        var send = new TestSend(_owner);
        var target = await send.StageAsync(vault);
        var receipt = Expect.Receipt(await send.TryCommitAsync(send.Commit(target)));
        var (forOwner, forReaders) = (RandomNumberGenerator.GetBytes(80), RandomNumberGenerator.GetBytes(80));
        var request = new RenameFileRequest(
            RandomNumberGenerator.GetBytes(32), forOwner, forReaders, SignedRevision.Sign(
                new MetadataRevision(
                    _owner.Account, target.File, 1, 2, receipt.ManifestHash, SHA256.HashData(forOwner), SHA256.HashData(forReaders)),
                _owner.SigningSeed));
        var renamed = Expect.Value(await _owner.Grain.RenameFile(_owner.Session, target.File, request));
        Assert.Equal(2, renamed.Revision);
        Assert.Equal(forOwner, renamed.OwnerMetadata);
        Expect.Value(await _owner.Grain.RenameFile(_owner.Session, target.File, request)); // again is the same
        Expect.Refused(ErrorCode.InvalidRequest, await _owner.Grain.RenameFile(
            _owner.Session, target.File, request with { Metadata = forOwner }));

        await vault.ForgetAsync(_owner.Grain);
        await vault.ForgetAsync(vault.File(target.File));

        var found = Expect.Value(await _owner.Grain.FindFile(_owner.Session, request.NameTag));
        Assert.Equal(2, Assert.Single(found.Files).Revision);
        var version = Expect.Value(await vault.File(target.File).GetVersion(_owner.Caller, 0));
        Assert.Equal(forOwner, version.OwnerMetadata);
        Assert.Equal(forReaders, version.Metadata);
        Assert.Equal(request.Revision.Bytes, version.Revised!.Bytes); // it was renamed
    }
}

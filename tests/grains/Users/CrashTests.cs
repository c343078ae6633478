using Microsoft.Extensions.DependencyInjection;
using Vault.Grains.Interfaces;
using Vault.Protocol;

namespace Vault.Grains.Tests.Users;

/// <summary>A vault that does not wait long for storage that never answers.</summary>
public sealed class ImpatientVault() : TestVault(services => services.Configure<StorageLimits>(
    limits => limits.CallTimeout = TimeSpan.FromSeconds(2)));

/// <summary>Storage fails at each append of a command: the same command, sent again, is done exactly once.</summary>
public sealed class CrashTests(ImpatientVault vault) : IClassFixture<ImpatientVault>, IAsyncLifetime
{
    private readonly TestVault _vault = vault;
    private TestPerson _owner = null!; // set by InitializeAsync

    public static TheoryData<string, Fault> Appends =>
        EachWithEach("user.sends-reserved.v1", "file.version-stored.v1", "user.sends-committed.v1");

    public static TheoryData<string, Fault> Removals =>
        EachWithEach("user.file-removed.v1", "file.erased.v1", "user.removal-finished.v1");

    public async Task InitializeAsync() => _owner = await (await new TestPerson(_vault).RegisterAsync()).LoginAsync();

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [MemberData(nameof(Appends))]
    public async Task Send_AppendFails_IsDoneOnceWhenSentAgain(string type, Fault fault)
    {
        var send = new TestSend(_owner);
        _vault.Log.FailNext(type, fault);
        var receipt = await RetryAsync(async () =>
        {
            var reservation = Expect.Value(await _owner.Grain.ReserveSends(_owner.Session, [send.Reserve]));
            await send.StoreContentAsync(_vault);
            var reply = await send.TryCommitAsync(send.Commit(Expect.Value(reservation.Items[0])));
            return reply.Problem?.Code == ErrorCode.StorageUnavailable ? null : Expect.Receipt(reply);
        });

        Assert.Equal((1, 1L), (receipt.Version, receipt.StreamVersion));
        await AssertListedOnceAsync(send);
    }

    [Theory]
    [InlineData(Fault.BeforeStoring, false)]
    [InlineData(Fault.AfterStoring, false)]
    [InlineData(Fault.BeforeStoring, true)]
    [InlineData(Fault.AfterStoring, true)]
    public async Task CommitSends_OwnersAppendFailsAndNobodyRetries_IsListedByTheNextCommand(Fault fault, bool restart)
    {
        var send = new TestSend(_owner);
        var target = await send.StageAsync(_vault);
        _vault.Log.FailNext("user.sends-committed.v1", fault);
        await Assert.ThrowsAsync<StorageUnavailableException>(() => send.TryCommitAsync(send.Commit(target)));
        if (restart)
        {
            await _vault.RestartAsync();
        }

        await AssertListedOnceAsync(send);
    }

    [Fact]
    public async Task CommitSends_FilesAppendStoredWithoutAnAnswer_IsListedByTheNextCommandThoughTheOwnerLives()
    {
        var send = new TestSend(_owner);
        var target = await send.StageAsync(_vault);
        _vault.Log.FailNext("file.version-stored.v1", Fault.AfterStoring);
        Expect.Refused(ErrorCode.StorageUnavailable, await send.TryCommitAsync(send.Commit(target)));

        await AssertListedOnceAsync(send);
    }

    [Fact]
    public async Task ReleaseSend_VersionStoredWithoutAnAnswer_IsListedInsteadOfReleased()
    {
        var send = new TestSend(_owner);
        var target = await send.StageAsync(_vault);
        _vault.Log.FailNext("file.version-stored.v1", Fault.AfterStoring);
        Expect.Refused(ErrorCode.StorageUnavailable, await send.TryCommitAsync(send.Commit(target)));

        Expect.Value(await _owner.Grain.ReleaseSend(_owner.Session, send.Upload));
        await AssertListedOnceAsync(send);
    }

    [Fact]
    public async Task TrashFile_VersionStoredWithoutAnAnswerAndItsFileNotToBeAsked_IsRefusedUntilTheVersionIsListed()
    {
        var first = new TestSend(_owner);
        await first.SendAsync(_vault);
        var file = first.Reserve.File;
        var second = new TestSend(_owner, first.Reserve.NameTag);
        var target = await second.StageAsync(_vault);
        _vault.Log.FailNext("file.version-stored.v1", Fault.AfterStoring);
        Expect.Refused(ErrorCode.StorageUnavailable, await second.TryCommitAsync(second.Commit(target)));
        _vault.Log.RefusesReads = true;
        Expect.Value(await _owner.Grain.ListFiles(_owner.Session, null, 10));
        _vault.Log.RefusesReads = false;

        var refused = Expect.Refused(ErrorCode.StorageUnavailable, await _owner.Grain.TrashFile(_owner.Session, file));
        Assert.Equal(5, refused.RetryAfterSeconds); // clients ask again by themselves
        _vault.Time.Advance(TimeSpan.FromSeconds(31));
        Expect.Value(await _owner.Grain.TrashFile(_owner.Session, file));
        Expect.Value(await _owner.Grain.RestoreFile(_owner.Session, file));
        await _vault.SweepAsync(_owner);

        Assert.Equal(2, Assert.Single(Expect.Value(await _owner.Grain.ListFiles(_owner.Session, null, 10)).Files).Version);
        Assert.Equal(450, await _vault.Content.LengthAsync(second.ContentBlob, default));
    }

    // Stored by a call that nobody waits for any more.
    [Fact]
    public async Task TrashFile_VersionThatTheOwnersGrainHeardNothingOf_IsListedFirst()
    {
        var first = new TestSend(_owner);
        await first.SendAsync(_vault);
        var second = new TestSend(_owner, first.Reserve.NameTag);
        var target = await second.StageAsync(_vault);
        Expect.Value(await _vault.File(target.File).Commit(
            _owner.Account, second.Reserve with { File = target.File }, second.Commit(target)));

        Expect.Value(await _owner.Grain.TrashFile(_owner.Session, target.File));
        Expect.Value(await _owner.Grain.RestoreFile(_owner.Session, target.File));
        await _vault.SweepAsync(_owner);

        Assert.Equal(2, Assert.Single(Expect.Value(await _owner.Grain.ListFiles(_owner.Session, null, 10)).Files).Version);
        Assert.Equal(450, await _vault.Content.LengthAsync(second.ContentBlob, default));
    }

    [Theory]
    [MemberData(nameof(Removals))]
    public async Task Remove_AppendFails_IsDoneOnceWhenSentAgain(string type, Fault fault)
    {
        var send = new TestSend(_owner);
        await send.SendAsync(_vault);
        _vault.Log.FailNext(type, fault);
        await RetryAsync(async () =>
        {
            var outcome = await _owner.Grain.RemoveFile(_owner.Session, send.Reserve.File);
            return outcome.Problem?.Code == ErrorCode.StorageUnavailable ? null : Expect.Value(outcome);
        });

        await AssertRemovedOnceAsync(send);
    }

    [Theory]
    [InlineData("file.erased.v1", Fault.BeforeStoring)]
    [InlineData("file.erased.v1", Fault.AfterStoring)]
    [InlineData("user.removal-finished.v1", Fault.BeforeStoring)]
    public async Task Remove_InterruptedAndNobodyRetries_IsFinishedByTheNextCommandAfterARestart(string type, Fault fault)
    {
        var send = new TestSend(_owner);
        await send.SendAsync(_vault);
        _vault.Log.FailNext(type, fault);
        Expect.Refused(
            ErrorCode.StorageUnavailable, await _owner.Grain.RemoveFile(_owner.Session, send.Reserve.File));
        await _vault.RestartAsync();
        Assert.Empty(Expect.Value(await _owner.Grain.ListFiles(_owner.Session, null, 10)).Files);

        await AssertRemovedOnceAsync(send);
    }

    [Theory]
    [InlineData(Fault.BeforeStoring)]
    [InlineData(Fault.AfterStoring)]
    public async Task FinishLogin_AppendFails_ANewLoginWorks(Fault fault)
    {
        _owner.Connect();
        _vault.Log.FailNext("user.session-started.v1", fault);
        var request = await _owner.PrepareLoginAsync();
        await Assert.ThrowsAsync<StorageUnavailableException>(
            () => _vault.SignIn.FinishLogin(request, _owner.Origin));
        await _owner.LoginAsync();
        Expect.Value(await _owner.Grain.GetSession(_owner.Session));
    }

    [Fact]
    public async Task Restart_NewSiloOnTheSameFolder_KeepsEverything()
    {
        var send = new TestSend(_owner);
        var receipt = await send.SendAsync(_vault);
        await _vault.RestartAsync();

        Expect.Value(await _owner.Grain.GetSession(_owner.Session));
        await AssertListedOnceAsync(send);
        var target = new SendTarget(receipt.File, 1, null);
        Assert.Equivalent(receipt, Expect.Receipt(await send.TryCommitAsync(send.Commit(target))));
        var next = new TestSend(_owner, send.Reserve.NameTag);
        Assert.Equal(2, (await next.SendAsync(_vault)).Version);
    }

    private static TheoryData<string, Fault> EachWithEach(params string[] types)
    {
        var data = new TheoryData<string, Fault>();
        foreach (var type in types)
        {
            foreach (var fault in Enum.GetValues<Fault>())
            {
                data.Add(type, fault);
            }
        }

        return data;
    }

    private static async Task<T> RetryAsync<T>(Func<Task<T?>> command)
        where T : class
    {
        for (var attempt = 0; attempt < 3; attempt++)
        {
            try
            {
                if (await command() is { } done)
                {
                    return done;
                }
            }
            catch (StorageUnavailableException)
            {
                // The client sends the same again.
            }
        }

        throw new InvalidOperationException("One failure took three attempts.");
    }

    private async Task AssertListedOnceAsync(TestSend send)
    {
        var entry = Assert.Single(Expect.Value(await _owner.Grain.ListFiles(_owner.Session, null, 10)).Files);
        Assert.Equal((send.Reserve.File, 1), (entry.File, entry.Version));
        Assert.Single(await _vault.EventsAsync("files", send.Reserve.File.ToString()));
        var events = await _vault.EventsAsync("users", _owner.Account.ToString());
        Assert.Single(events, "user.sends-reserved.v1");
        Assert.Single(events, "user.sends-committed.v1");
        Assert.Equal(450, Expect.Value(await _owner.Grain.GetSession(_owner.Session)).UsedBytes);
    }

    private async Task AssertRemovedOnceAsync(TestSend send)
    {
        Assert.Single(await _vault.EventsAsync("files", send.Reserve.File.ToString()), "file.erased.v1");
        var events = await _vault.EventsAsync("users", _owner.Account.ToString());
        Assert.Single(events, "user.file-removed.v1");
        Assert.Single(events, "user.removal-finished.v1");
        Assert.Null(await _vault.Content.LengthAsync(send.ContentBlob, default));
        Assert.False(await _owner.Grain.IsRemoving(send.Reserve.File));
    }
}

using System.Security.Cryptography;
using Vault.Grains.Interfaces;
using Vault.Grains.Pending;
using Vault.Protocol;

namespace Vault.Grains.Tests.Users;

/// <summary>Copies refer to content that is stored already; it stays for as long as anything refers to it, and no longer.</summary>
public sealed class CopyTests(TestVault vault) : IClassFixture<TestVault>, IAsyncLifetime
{
    private TestPerson _owner = null!; // set by InitializeAsync
    private TestSend _send = null!; // as above

    public static TheoryData<string, Fault> CutOffs
    {
        get
        {
            var data = new TheoryData<string, Fault>();
            foreach (var (type, fault) in new[]
            {
                ("file.version-copied.v1", Fault.AfterStoring), ("user.sends-committed.v1", Fault.BeforeStoring),
                ("user.sends-committed.v1", Fault.AfterStoring),
            })
            {
                data.Add(type, fault);
            }

            return data;
        }
    }

    private PendingWork Work => vault.Service<PendingWork>();

    public async Task InitializeAsync()
    {
        _owner = await (await new TestPerson(vault).RegisterAsync()).LoginAsync();
        _send = new TestSend(_owner);
        await _send.SendAsync(vault);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Copy_StoredVersion_RefersToItsContentAndCountsItsLength()
    {
        var copy = new TestCopy(_owner, _send);
        var receipt = await copy.MakeAsync();

        Assert.Equal((copy.File, 1), (receipt.File, receipt.Version));
        Assert.Equal(PartLayout.HashOfList(_send.PartHashes), receipt.PartList);
        Assert.Equal(
            new FilePayload(_owner.Account, _send.Upload, 150, 300), Expect.Value(await vault.File(copy.File).GetPayload(_owner.Caller, 1)));
        var version = Expect.Value(await vault.File(copy.File).GetVersion(_owner.Caller, 0));
        Assert.Equal(copy.Header, version.Header);
        Assert.Equal(_send.PartHashes, version.PartHashes);
        Assert.Equal(450 + copy.Length, await UsedAsync());
        Assert.Equal([_send.ContentBlob.ToString()], await ContentAsync());
    }

    [Fact]
    public async Task Copy_SameAgain_IsTheSameReceiptThoughTheOriginalIsGone()
    {
        var copy = new TestCopy(_owner, _send);
        var request = copy.Request();
        var receipt = Expect.Value(await copy.TryAsync(request));
        Expect.Value(await _owner.Grain.RemoveFile(_owner.Session, _send.Reserve.File));

        Assert.Equivalent(receipt, Expect.Value(await copy.TryAsync(request)));

        Assert.Equal(copy.Length, await UsedAsync());
        Expect.Refused(ErrorCode.Conflict, await copy.TryAsync(copy.Request(copy.Manifest(new SendTarget(copy.File, 1, null)) with { Version = 2 })));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Remove_OneAfterTheOther_TheContentGoesWithTheLast(bool originalFirst)
    {
        var copy = new TestCopy(_owner, _send);
        await copy.MakeAsync();
        FileId[] files = originalFirst ? [_send.Reserve.File, copy.File] : [copy.File, _send.Reserve.File];

        Expect.Value(await _owner.Grain.RemoveFile(_owner.Session, files[0]));
        await ForgetAsync(copy);
        await vault.SweepAsync(_owner);

        Assert.Equal(450, await vault.Content.LengthAsync(_send.ContentBlob, default));
        Expect.Value(await vault.File(files[1]).GetPayload(_owner.Caller, 1));
        Expect.Value(await _owner.Grain.RemoveFile(_owner.Session, files[1]));
        Assert.Empty(await ContentAsync());
        Assert.Equal(0, await UsedAsync());
    }

    [Fact]
    public async Task Remove_OriginalOfACopyInTheTrash_KeepsTheContentUntilTheTrashIsEmptied()
    {
        var copy = new TestCopy(_owner, _send);
        await copy.MakeAsync();
        Expect.Value(await _owner.Grain.TrashFile(_owner.Session, copy.File));

        Expect.Value(await _owner.Grain.RemoveFile(_owner.Session, _send.Reserve.File));
        Assert.NotEmpty(await ContentAsync());
        vault.Time.Advance(TimeSpan.FromDays(31));
        await vault.SweepAsync(_owner);

        Assert.Empty(await ContentAsync());
    }

    [Fact]
    public async Task Copy_OfACopy_RefersToTheFirstContent()
    {
        var copy = new TestCopy(_owner, _send);
        await copy.MakeAsync();
        Expect.Value(await _owner.Grain.RemoveFile(_owner.Session, _send.Reserve.File));
        var second = new TestCopy(_owner, _send);

        Expect.Value(await _owner.Grain.CopyVersion(_owner.Session, copy.File, 1, second.Request()));

        Expect.Value(await _owner.Grain.RemoveFile(_owner.Session, copy.File));
        Assert.Equal(_send.Upload, Expect.Value(await vault.File(second.File).GetPayload(_owner.Caller, 1)).Upload);
        Assert.Equal(450, await vault.Content.LengthAsync(_send.ContentBlob, default));
        Expect.Value(await _owner.Grain.RemoveFile(_owner.Session, second.File));
        Assert.Empty(await ContentAsync());
    }

    [Fact]
    public async Task Copy_OldVersionOntoItsOwnName_BecomesTheNextAndOutlivesWhatIsTrimmed()
    {
        var tag = _send.Reserve.NameTag;
        await new TestSend(_owner, tag).SendAsync(vault);
        var copy = new TestCopy(_owner, _send, tag) { File = _send.Reserve.File };
        var refused = await copy.TryAsync();
        Expect.Refused(ErrorCode.Conflict, refused);
        Assert.Equal((_send.Reserve.File, 3), (refused.Problem!.Target!.File, refused.Problem.Target.Version)); // refused above

        var receipt = Expect.Value(await copy.TryAsync(copy.Request(refused.Problem.Target)));

        Assert.Equal((_send.Reserve.File, 3), (receipt.File, receipt.Version));
        var kept = vault.Service<Microsoft.Extensions.Options.IOptions<RetentionLimits>>().Value.Versions;
        for (var more = 3; more < kept + 2; more++)
        {
            await new TestSend(_owner, tag).SendAsync(vault); // the first version goes
        }

        Assert.Null(Expect.Value(await vault.File(receipt.File).ListVersions(_owner.Caller)).Versions.FirstOrDefault(entry => entry.Version == 1));
        Assert.Equal(_send.Upload, Expect.Value(await vault.File(receipt.File).GetPayload(_owner.Caller, 3)).Upload);
        Assert.Equal(450, await vault.Content.LengthAsync(_send.ContentBlob, default));
        Expect.Value(await _owner.Grain.RemoveFile(_owner.Session, receipt.File));
        Assert.Empty(await ContentAsync());
    }

    [Fact]
    public async Task Copy_NotAsItMustBe_IsRefusedAndSetsNothingAside()
    {
        var copy = new TestCopy(_owner, _send);
        var (target, honest) = (new SendTarget(copy.File, 1, null), copy.Request());
        var stranger = RandomNumberGenerator.GetBytes(32);
        foreach (var lie in new Dictionary<string, CopyVersionRequest>
        {
            ["another's signature"] = copy.Request(copy.Manifest(target), stranger),
            ["another owner"] = copy.Request(copy.Manifest(target) with { Owner = AccountId.New() }),
            ["another length"] = copy.Request(copy.Manifest(target) with { PayloadLength = 301 }),
            ["another part size"] = copy.Request(copy.Manifest(target) with { PartSize = 2 * PartLayout.SealedChunkLength }),
            ["other parts"] = copy.Request(copy.Manifest(target) with { PartList = new byte[32] }),
            ["other metadata"] = copy.Request(copy.Manifest(target) with { Metadata = new byte[32] }),
            ["part hashes"] = honest with { Commit = honest.Commit with { PartHashes = new byte[32] } },
            ["a removal of versions"] = honest with { Commit = honest.Commit with { Shares = new VersionShares([], [], true) } },
            ["a short name tag"] = honest with { NameTag = new byte[31] },
            ["no header"] = honest with { Commit = honest.Commit with { Header = [] } },
        })
        {
            var outcome = await copy.TryAsync(lie.Value);
            Assert.True(outcome.Problem?.Code == ErrorCode.InvalidRequest, $"{lie.Key}: {outcome.Problem}");
        }

        Expect.Refused(ErrorCode.Conflict, await copy.TryAsync(copy.Request(copy.Manifest(target) with { File = FileId.New() })));
        Expect.Refused(ErrorCode.NotFound, await copy.TryAsync(version: 2));
        Expect.Refused(ErrorCode.NotFound, await _owner.Grain.CopyVersion(_owner.Session, FileId.New(), 1, honest));
        Assert.Equal(450, await UsedAsync());
        await copy.MakeAsync(); // no lie used anything up
    }

    [Fact]
    public async Task Copy_OfAnotherAccountsFileOrWithoutASession_IsRefused()
    {
        var stranger = await (await new TestPerson(vault).RegisterAsync()).LoginAsync();
        var copy = new TestCopy(stranger, _send);

        Expect.Refused(ErrorCode.NotFound, await copy.TryAsync());
        Expect.Refused(ErrorCode.NotFound, await vault.File(_send.Reserve.File).GetContent(stranger.Account, 1));
        Expect.Refused(
            ErrorCode.NotAuthenticated, await _owner.Grain.CopyVersion(stranger.Session, _send.Reserve.File, 1, copy.Request()));
    }

    [Fact]
    public async Task Copy_OfAFileInTheTrash_IsNotFound()
    {
        Expect.Value(await _owner.Grain.TrashFile(_owner.Session, _send.Reserve.File));

        Expect.Refused(ErrorCode.NotFound, await new TestCopy(_owner, _send).TryAsync());
    }

    [Fact]
    public async Task Copy_WithoutRoom_IsRefusedByItsWholeLength()
    {
        await using var small = await TestVault.StartAsync(services =>
            Microsoft.Extensions.DependencyInjection.OptionsServiceCollectionExtensions.Configure<SendLimits>(
                services, limits => limits.QuotaBytes = 450 + 469));
        var owner = await (await new TestPerson(small).RegisterAsync()).LoginAsync();
        var send = new TestSend(owner);
        await send.SendAsync(small);

        Expect.Refused(ErrorCode.QuotaExceeded, await new TestCopy(owner, send).TryAsync());
        await new TestCopy(owner, send) { Header = new byte[169] }.MakeAsync();
    }

    [Fact]
    public async Task Copy_TwoAtOnceUnderOneName_OneIsToldToSignTheNextVersion()
    {
        var tag = RandomNumberGenerator.GetBytes(32);
        TestCopy[] copies = [new(_owner, _send, tag), new(_owner, _send, tag)];

        var outcomes = await Task.WhenAll(copies.Select(copy => copy.TryAsync()));

        var won = Assert.Single(outcomes, outcome => outcome.Problem is null);
        var lost = Assert.Single(outcomes, outcome => outcome.Problem is not null).Problem!; // not null: see above
        Assert.Equal(ErrorCode.Conflict, lost.Code);
        Assert.Equal((Expect.Value(won).File, 2), (lost.Target!.File, lost.Target.Version)); // conflicts of this kind have one
        Assert.Equal(450 + copies[0].Length, await UsedAsync());
    }

    [Fact]
    public async Task Copy_WhileTheOriginalIsRemoved_IsWholeOrRefused()
    {
        for (var round = 0; round < 10; round++)
        {
            var send = new TestSend(_owner);
            await send.SendAsync(vault);
            var copy = new TestCopy(_owner, send);

            var making = copy.TryAsync();
            var removing = _owner.Grain.RemoveFile(_owner.Session, send.Reserve.File);
            var outcome = await making;
            Expect.Value(await removing);

            if (outcome.Problem is null)
            {
                Assert.Equal(450, await vault.Content.LengthAsync(send.ContentBlob, default));
                Expect.Value(await vault.File(copy.File).GetPayload(_owner.Caller, 1));
            }
            else
            {
                Expect.Refused(ErrorCode.NotFound, outcome);
                Assert.Null(await vault.Content.LengthAsync(send.ContentBlob, default));
            }
        }
    }

    [Fact]
    public async Task Reserve_UploadWhoseContentACopyHas_IsAConflict()
    {
        var copy = new TestCopy(_owner, _send);
        await copy.MakeAsync();
        Expect.Value(await _owner.Grain.RemoveFile(_owner.Session, _send.Reserve.File));

        var answers = Expect.Value(await _owner.Grain.ReserveSends(_owner.Session, [_send.Reserve with { File = FileId.New() }]));

        Expect.Refused(ErrorCode.Conflict, answers.Items[0]);
    }

    [Theory]
    [MemberData(nameof(CutOffs))]
    public async Task Start_CopyCutOffBetweenTheGrains_IsListedAndForgotten(string type, Fault fault)
    {
        var copy = new TestCopy(_owner, _send);
        vault.Log.FailNext(type, fault);
        try
        {
            Expect.Refused(ErrorCode.StorageUnavailable, await copy.TryAsync());
        }
        catch (StorageUnavailableException)
        {
            // The owner's own append.
        }

        await vault.RestartAsync();

        await ForgottenAsync();
        Assert.Single(await vault.EventsAsync("files", copy.File.ToString()), "file.version-copied.v1");
        await _owner.LoginAsync();
        Assert.Contains(Expect.Value(await _owner.Grain.ListFiles(_owner.Session, null, 10)).Files, entry => entry.File == copy.File);
        Expect.Value(await _owner.Grain.RemoveFile(_owner.Session, _send.Reserve.File));
        Assert.Equal(450, await vault.Content.LengthAsync(_send.ContentBlob, default));
    }

    [Fact]
    public async Task Finish_CopyThatNeverCame_KeepsTheContentUntilItExpires()
    {
        var copy = new TestCopy(_owner, _send);
        vault.Log.FailNext("file.version-copied.v1", Fault.BeforeStoring);
        Expect.Refused(ErrorCode.StorageUnavailable, await copy.TryAsync());
        Expect.Value(await _owner.Grain.RemoveFile(_owner.Session, _send.Reserve.File));
        Assert.NotEmpty(await ContentAsync()); // the copy may still come
        Assert.Equal(copy.Length, await UsedAsync());

        vault.Time.Advance(TimeSpan.FromHours(2));
        await Work.FinishAllAsync(default);
        await vault.SweepAsync(_owner);

        Assert.Empty(await ContentAsync());
        Assert.Equal(0, await UsedAsync());
    }

    [Fact]
    public async Task Copy_SentAgainAfterAFailure_IsTheSameCopy()
    {
        var copy = new TestCopy(_owner, _send);
        var request = copy.Request();
        vault.Log.FailNext("file.version-copied.v1", Fault.BeforeStoring);
        Expect.Refused(ErrorCode.StorageUnavailable, await copy.TryAsync(request));

        Expect.Value(await copy.TryAsync(request));

        Assert.Equal(450 + copy.Length, await UsedAsync());
    }

    private async Task<long> UsedAsync() => Expect.Value(await _owner.Grain.GetSession(_owner.Session)).UsedBytes;

    private async Task ForgetAsync(TestCopy copy)
    {
        await vault.ForgetAsync(_owner.Grain);
        await vault.ForgetAsync(vault.File(_send.Reserve.File));
        await vault.ForgetAsync(vault.File(copy.File));
    }

    /// <summary>The contents that the store holds for the account.</summary>
    private async Task<IReadOnlyList<string>> ContentAsync()
    {
        var names = new List<string>();
        await foreach (var entry in vault.Content.ListAsync(Storage.BlobName.Create(_owner.Account.ToString()), default))
        {
            if (ContentName.TryReadUpload(entry.Name.ToString(), out _))
            {
                names.Add(entry.Name.ToString());
            }
        }

        return names;
    }

    private async Task ForgottenAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (await Work.IsNotedAsync(_owner.Account))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), patience.Token);
        }
    }
}

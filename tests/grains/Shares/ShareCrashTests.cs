using Vault.Grains.Interfaces;
using Vault.Grains.Tests.Users;
using Vault.Protocol;

namespace Vault.Grains.Tests.Shares;

/// <summary>Storage fails between the owner's stream, the recipient's and the file's: it is completed, or it never was.</summary>
public sealed class ShareCrashTests(ImpatientVault vault) : IClassFixture<ImpatientVault>, IAsyncLifetime
{
    private readonly TestVault _vault = vault;
    private TestPerson _owner = null!, _friend = null!; // set by InitializeAsync
    private TestSend _send = null!; // set by InitializeAsync
    private TestShare _share = null!; // set by InitializeAsync

    public static TheoryData<string, Fault> Grants =>
        EachWithEach("user.file-shared.v1", "user.share-announced.v1", "file.shares-granted.v1");

    public static TheoryData<string, Fault> Rekeys => EachWithEach(
        "file.shared-version-stored.v1", "user.versions-replaced.v1", "user.replacement-finished.v1");

    public async Task InitializeAsync()
    {
        _owner = await (await new TestPerson(_vault).RegisterAsync()).LoginAsync();
        _friend = await (await new TestPerson(_vault).RegisterAsync()).LoginAsync();
        _send = new TestSend(_owner);
        await _send.SendAsync(_vault);
        _share = new TestShare(_owner, _send.Reserve.File);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [MemberData(nameof(Grants))]
    public async Task Grant_AppendFails_IsDoneOnceWhenSentAgain(string type, Fault fault)
    {
        var request = new GrantSharesRequest(
            CommandId.New(), [_share.Sign(_friend, await _share.TargetAsync())]);
        _vault.Log.FailNext(type, fault);
        await Assert.ThrowsAsync<StorageUnavailableException>(() => _share.TryGrantAsync(request));

        Assert.Equal(1, Expect.Value(await _share.TryGrantAsync(request)).LastNumber);
        Assert.Single(await TestShare.ReceivedAsync(_friend));
        Assert.Single(await _vault.EventsAsync("files", _share.File.ToString()), "file.shares-granted.v1");
        Assert.Single(await _vault.EventsAsync("users", _owner.Account.ToString()), "user.file-shared.v1");
        Assert.Single(await _vault.EventsAsync("users", _friend.Account.ToString()), "user.share-announced.v1");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Grant_FilesAppendStoredAndNobodyRetries_IsInTheRecipientsList(bool restart)
    {
        await FailAsync("file.shares-granted.v1", Fault.AfterStoring, restart);

        Assert.Equal(_share.File, Assert.Single(await TestShare.ReceivedAsync(_friend)).File);
        Expect.Value(await _vault.File(_share.File).GetVersion(_friend.Caller, 0));
        Assert.Single((await _share.SharesAsync()).Shares);
    }

    [Theory]
    [InlineData("user.share-announced.v1", Fault.AfterStoring, true)]
    [InlineData("file.shares-granted.v1", Fault.BeforeStoring, false)]
    [InlineData("file.shares-granted.v1", Fault.BeforeStoring, true)]
    public async Task Grant_NeverStoredAndNobodyRetries_IsForgottenOnBothSides(string type, Fault fault, bool restart)
    {
        await FailAsync(type, fault, restart);

        Assert.Empty(await TestShare.ReceivedAsync(_friend));
        Assert.Single(await _vault.EventsAsync("users", _friend.Account.ToString()), "user.shares-forgotten.v1");
        Assert.Empty((await _share.SharesAsync()).Shares);
        Assert.Empty(Expect.Value(await _owner.Grain.ListGiven(_owner.Session, null, 10)).Files);
        await _share.GrantAsync(_friend);
        Assert.Single(await TestShare.ReceivedAsync(_friend));
    }

    [Theory]
    [InlineData(Fault.BeforeStoring, true)]
    [InlineData(Fault.AfterStoring, false)]
    public async Task Revoke_AppendFails_IsDoneWhenSentAgain(Fault fault, bool stillThere)
    {
        await _share.GrantAsync(_friend);
        _vault.Log.FailNext("file.shares-revoked.v1", fault);
        await Assert.ThrowsAsync<StorageUnavailableException>(() => _share.RevokeAsync(_friend));
        Assert.Equal(stillThere ? 1 : 0, (await TestShare.ReceivedAsync(_friend)).Count);

        await _share.RevokeAsync(_friend);
        Assert.Empty(await TestShare.ReceivedAsync(_friend));
        Assert.Single(await _vault.EventsAsync("files", _share.File.ToString()), "file.shares-revoked.v1");
    }

    [Theory]
    [MemberData(nameof(Rekeys))]
    public async Task Rekey_AppendFails_IsDoneOnceWhenSentAgain(string type, Fault fault)
    {
        var (send, commit) = await StageRekeyAsync();
        _vault.Log.FailNext(type, fault);
        Receipt? receipt = null;
        for (var attempt = 0; receipt is null && attempt < 3; attempt++)
        {
            try
            {
                receipt = (await send.TryCommitAsync(commit)).Receipt;
            }
            catch (StorageUnavailableException)
            {
                // The client sends the same again.
            }
        }

        Assert.Equal(2, receipt?.Version);
        await _vault.RestartAsync();
        await AssertRekeyedOnceAsync(send);
    }

    [Theory]
    [InlineData("file.shared-version-stored.v1", Fault.AfterStoring)]
    [InlineData("user.versions-replaced.v1", Fault.BeforeStoring)]
    [InlineData("user.versions-replaced.v1", Fault.AfterStoring)]
    [InlineData("user.replacement-finished.v1", Fault.BeforeStoring)]
    public async Task Rekey_InterruptedAndNobodyRetries_IsFinishedByTheNextCommandAfterARestart(string type, Fault fault)
    {
        var (send, commit) = await StageRekeyAsync();
        _vault.Log.FailNext(type, fault);
        try
        {
            await send.TryCommitAsync(commit);
        }
        catch (StorageUnavailableException)
        {
            // Nobody knows what became of it.
        }

        await _vault.RestartAsync();
        await AssertRekeyedOnceAsync(send);
    }

    [Theory]
    [InlineData(Fault.BeforeStoring)]
    [InlineData(Fault.AfterStoring)]
    public async Task PutContacts_AppendFails_IsDoneOnceWhenSentAgain(Fault fault)
    {
        var request = new PutContactsRequest(1, [1, 2, 3]);
        _vault.Log.FailNext("user.contacts-stored.v1", fault);
        await Assert.ThrowsAsync<StorageUnavailableException>(() => _owner.Grain.PutContacts(_owner.Session, request));

        Expect.Value(await _owner.Grain.PutContacts(_owner.Session, request));
        Assert.Equal([1, 2, 3], Expect.Value(await _owner.Grain.GetContacts(_owner.Session)).Sealed!); // stored
        Assert.Single(await _vault.EventsAsync("users", _owner.Account.ToString()), "user.contacts-stored.v1");
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

    private async Task FailAsync(string type, Fault fault, bool restart)
    {
        var grant = _share.Sign(_friend, await _share.TargetAsync());
        _vault.Log.FailNext(type, fault);
        await Assert.ThrowsAsync<StorageUnavailableException>(() => _share.TryGrantAsync(grant));
        if (restart)
        {
            await _vault.RestartAsync();
        }
    }

    private async Task<(TestSend Send, CommitSendRequest Commit)> StageRekeyAsync()
    {
        await _share.GrantAsync(_friend);
        var send = new TestSend(_owner, _send.Reserve.NameTag);
        var commit = send.Commit(await send.StageAsync(_vault));
        var grant = _share.Sign(_friend, TestShare.Of(commit, 2, 2));
        return (send, commit with { Shares = new([grant], [], RemoveOlder: true) });
    }

    private async Task AssertRekeyedOnceAsync(TestSend send)
    {
        var entry = Assert.Single(Expect.Value(await _owner.Grain.ListFiles(_owner.Session, null, 10)).Files);
        Assert.Equal((_share.File, 2), (entry.File, entry.Version));
        Assert.Equal(450, Expect.Value(await _owner.Grain.GetSession(_owner.Session)).UsedBytes);
        Assert.Null(await _vault.Content.LengthAsync(_send.ContentBlob, default));
        Assert.NotNull(await _vault.Content.LengthAsync(send.ContentBlob, default));
        Assert.Equal(2, Expect.Value(await _vault.File(_share.File).GetVersion(_friend.Caller, 0)).Version);
        var events = await _vault.EventsAsync("users", _owner.Account.ToString());
        Assert.Single(events, "user.versions-replaced.v1");
        Assert.Single(events, "user.replacement-finished.v1");
        Assert.Single(
            await _vault.EventsAsync("files", _share.File.ToString()), "file.shared-version-stored.v1");
    }
}

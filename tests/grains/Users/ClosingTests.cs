using System.Security.Cryptography;
using Vault.Cryptography.Primitives;
using Vault.Grains.Interfaces;
using Vault.Grains.Pending;
using Vault.Grains.SignIn;
using Vault.Grains.Tests.Mail;
using Vault.Grains.Users;
using Vault.Protocol;
using Vault.Tests.Server;
using Vault.Tests.Support;

namespace Vault.Grains.Tests.Users;

/// <summary>An account that is closed: everything ends with one event, and what is stored goes, whatever happens meanwhile.</summary>
public class ClosingTests(TestVault vault) : IClassFixture<TestVault>, IAsyncLifetime
{
    // More than closing one of these accounts takes; the test fails where it is not.
    private const int ManyWrites = 60;

    // Before each write, or before each of these many.
    private protected virtual int CutEvery => 1;

    private TestPerson _ada = null!, _bob = null!; // set by InitializeAsync
    private TestSend _given = null!, _kept = null!, _his = null!; // set by InitializeAsync

    private PendingWork Work => vault.Service<PendingWork>();

    public async Task InitializeAsync()
    {
        _bob = await (await new TestPerson(vault).RegisterAsync()).LoginAsync();
        await NewAdaAsync();
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task CloseAccount_FreshSession_EndsEverythingAtOnceWhateverIsStillThere()
    {
        var other = new TestPerson(vault, _ada.Email) { SigningSeed = _ada.SigningSeed };
        await other.LoginAsync();
        var key = await new TestAccessKey(vault, _ada, AccessScope.All).AddAsync();
        Expect.Value(await vault.File(_given.Reserve.File).GetVersion(_bob.Caller, 0));
        vault.Crash.ArmBehind("user.closed.v1");

        Expect.Value(await _ada.TryCloseAsync());

        Expect.Refused(ErrorCode.NotAuthenticated, await _ada.Grain.GetSession(_ada.Session));
        Expect.Refused(ErrorCode.NotAuthenticated, await _ada.Grain.ListFiles(_ada.Session, null, 10));
        Expect.Refused(ErrorCode.NotAuthenticated, await _ada.Grain.GetSession(other.Session));
        Expect.Refused(ErrorCode.NotAuthenticated, await key.Grain.GetAccess(key.Key, new ClientAddress("203.0.113.9")));
        Expect.Refused(ErrorCode.NotAuthenticated, await key.Grain.ListFiles(key.Key, null, 10));
        Expect.Refused(ErrorCode.NotAuthenticated, await vault.File(_kept.Reserve.File).GetVersion(_ada.Caller, 0));
        Expect.Refused(ErrorCode.NotAuthenticated, await vault.File(_his.Reserve.File).GetVersion(_ada.Caller, 0));
        Expect.Refused(ErrorCode.NotFound, await vault.File(_given.Reserve.File).GetVersion(_bob.Caller, 0));
        Expect.Refused(ErrorCode.NotFound, await vault.File(_given.Reserve.File).GetPayload(_bob.Caller, 0));
        Expect.Refused(ErrorCode.NotFound, await vault.File(_given.Reserve.File).GetReceived(_bob.Caller));
        Assert.False(await vault.File(_given.Reserve.File).IsSharedWith(_bob.Account));
        Expect.Refused(ErrorCode.NotFound, await _bob.Grain.FindProfile(_bob.Session, new FindProfileRequest(_ada.Email)));
        await Assert.ThrowsAsync<Cryptography.CryptographyException>(() => other.LoginAsync()); // as for an address that nobody has
        Assert.NotNull(await vault.Content.LengthAsync(_given.ContentBlob, default));

        await RestartAsync();
        await ErasedAsync(_ada);
        Assert.Empty(await TestShare.ReceivedAsync(_bob));
    }

    [Fact]
    public async Task CloseAccount_SearchOfTheWholeStore_FindsATombstoneAndNothingElse()
    {
        var left = new TestSend(_ada);
        await left.StageAsync(vault); // a send under way
        var removed = new TestSend(_ada);
        await removed.SendAsync(vault);
        Expect.Value(await _ada.Grain.RemoveFile(_ada.Session, removed.Reserve.File));
        var trashed = new TestSend(_ada);
        await trashed.SendAsync(vault);
        Expect.Value(await _ada.Grain.TrashFile(_ada.Session, trashed.Reserve.File));
        var copy = new TestCopy(_ada, _given);
        await copy.MakeAsync();
        Expect.Value(await _ada.Grain.PutContacts(_ada.Session, new PutContactsRequest(1, RandomNumberGenerator.GetBytes(100))));
        var key = await new TestAccessKey(vault, _ada, AccessScope.ReadOnly) { Name = "the script of who leaves" }.AddAsync();
        Expect.Value(await vault.SignIn.RequestRecovery(new RecoveryRequest(_ada.Email)));
        await new Mailbox(vault.Pickup).NextCodeAsync(_ada.Email);
        TestSend[] own = [_given, _kept, left, removed, trashed];
        var secrets = own.SelectMany(send => new[] { send.OwnerMetadata, send.Metadata, send.PartHashes }).Append(_ada.Ring).Append(key.SealedKeys).ToList();
        string[] words =
        [
            _ada.Email, _ada.Address, "a laptop", key.Name, _ada.Session.ToString(), key.Key.ToString(),
            .. own.Select(send => send.Upload.ToString()),
            .. own.Where(send => send != _given).Select(send => send.Reserve.File.ToString()), copy.File.ToString(),
        ];
        var before = vault.StoredFiles();
        Assert.Superset(
            words.Append(_ada.Account.ToString()).ToHashSet(),
            words.Append(_ada.Account.ToString()).Where(word => StoreSearch.Find(before, word).Count > 0).ToHashSet());
        _bob.Address = "198.51.100.4";

        Expect.Value(await _ada.TryCloseAsync());
        await ErasedAsync(_ada);

        // Bob signed in from the same address with the same device; what is his stays.
        var after = vault.StoredFiles();
        Assert.All(words.Where(word => word != _ada.Address && word != "a laptop"), word => Assert.Empty(StoreSearch.Find(after, word)));
        Assert.All(secrets, secret => Assert.Empty(StoreSearch.Find(after, secret)));
        Assert.Equal(
            Only("closed/" + _ada.Account, "pending/" + _ada.Account, $"files/{_his.Reserve.File}.jsonl"),
            StoreSearch.Find(after, _ada.Account.ToString()).Select(Short).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(Only($"users/{_bob.Account}.jsonl"), StoreSearch.Find(after, _given.Reserve.File.ToString()).Select(Short).Distinct());
        Assert.All(own, send => Assert.DoesNotContain(after, file => file.Contains(send.Upload.ToString(), StringComparison.Ordinal)));

        vault.Time.Advance(TimeSpan.FromHours(1));
        await Work.FinishAllAsync(default);
        Assert.DoesNotContain(Find(_ada.Account.ToString()), file => file.Contains("pending", StringComparison.Ordinal));
        Assert.Single(Find(_ada.Account.ToString()), file => file.Contains("closed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task CloseAccount_CutOffBeforeEachWrite_IsFinishedAfterARestart()
    {
        var writes = 0;
        for (var isCut = true; isCut; writes += CutEvery)
        {
            Assert.True(writes < ManyWrites, "Closing never ended.");
            await NewAdaAsync();
            vault.Crash.ArmIn(writes);
            try
            {
                await _ada.TryCloseAsync();
            }
            catch (StorageUnavailableException)
            {
                // The process died; whoever asked hears nothing.
            }

            await Until.HoldsAsync(
                async () => vault.Crash.HasCrashed || (await EventsAsync(_ada)).Count == 0, "The account was neither erased nor the process killed.");
            isCut = vault.Crash.HasCrashed;
            var wasClosed = (await EventsAsync(_ada)).Contains("user.closed.v1");
            await RestartAsync();
            if (isCut && !wasClosed && (await EventsAsync(_ada)).Count > 0)
            {
                await _ada.LoginAsync();
                Expect.Value(await _ada.TryCloseAsync());
            }

            await ErasedAsync(_ada, $"cut off before write {writes}, closed: {wasClosed}");
            Assert.Empty(Find(_ada.Email));
            Assert.All(new[] { _given, _kept }, send => Assert.Empty(Find(send.Upload.ToString())));
            Assert.Empty(Find(_kept.Reserve.File.ToString()));
            Assert.DoesNotContain(await TestShare.ReceivedAsync(_bob), share => share.Owner == _ada.Account);
            Assert.Empty((await new TestShare(_bob, _his.Reserve.File).SharesAsync()).Shares);
        }

        Assert.True(writes > 8, $"Only {writes - CutEvery} writes were cut off.");
    }

    [Fact]
    public async Task CloseAccount_NoticeIsMailed_AndNothingElseThatWasDue()
    {
        var mailbox = new Mailbox(vault.Pickup);
        Expect.Value(await _ada.TryCloseAsync());

        using var notice = await mailbox.NextAsync(_ada.Email, "was closed");
        Assert.Contains("nobody can bring them back", notice.TextBody, StringComparison.Ordinal);
        await ErasedAsync(_ada);
        Assert.Single(mailbox.To(_ada.Email));
    }

    [Fact]
    public async Task CloseAccount_MailHostDown_WaitsAnHourForTheNoticeAndTellsTheOperator()
    {
        await using var mail = await MailVault.StartAsync(options =>
        {
            options.Host = "127.0.0.1";
            options.Port = FreePort.Next();
            options.Security = MailSecurity.None;
            options.SenderAddress = "vault@example.org";
        });
        var own = mail.Vault;
        var person = new TestPerson(own);
        Assert.True(EmailAddress.TryParse(person.Email, out var address)); // an address that is confirmed, as mail is down by now
        var account = await own.Service<AddressBook>().ClaimAsync(address);
        Expect.Value(await own.User(account).Register(await person.PrepareRegistrationAsync()));
        await person.LoginAsync();
        Expect.Value(await person.TryCloseAsync());
        await Until.HoldsAsync(
            async () => await own.Service<AccountErasure>().FindAsync(person.Account) is not null, "There is no tombstone.");
        Assert.Contains("user.closed.v1", await own.EventsAsync("users", person.Account.ToString()));

        own.Time.Advance(TimeSpan.FromHours(1));
        await own.Service<PendingWork>().FinishAllAsync(default);

        await Until.HoldsAsync(
            async () => (await own.EventsAsync("users", person.Account.ToString())).Count == 0, "The account was not erased.");
        Assert.Contains(mail.Log.Errors, line => line.Contains("erased without", StringComparison.Ordinal));
        Assert.Empty(StoreSearch.Find(own.StoredFiles(), person.Email));
    }

    [Fact]
    public async Task CloseAccount_WhatIsNotTheOwnersOwnFreshWish_IsRefusedAndChangesNothing()
    {
        Expect.Refused(ErrorCode.InvalidRequest, await _ada.TryCloseAsync(seed: RandomNumberGenerator.GetBytes(Ed25519.SeedLength)));
        var proof = new CloseAccountRequest(ClosingProof.Sign(_ada.Account, RandomNumberGenerator.GetBytes(32), _ada.SigningSeed), null);
        Expect.Refused(ErrorCode.InvalidRequest, await _ada.Grain.CloseAccount(_ada.Session, proof, new ClientAddress(_ada.Address)));
        Expect.Refused(ErrorCode.InvalidRequest, await _ada.Grain.CloseAccount(_ada.Session, new CloseAccountRequest([], null), new ClientAddress(_ada.Address)));
        var key = await new TestAccessKey(vault, _ada, AccessScope.All).AddAsync();
        Expect.Refused(ErrorCode.NotPermitted, await _ada.Grain.CloseAccount(key.Key, proof, new ClientAddress(_ada.Address)));
        Expect.Refused(ErrorCode.NotAuthenticated, await _ada.Grain.CloseAccount(_bob.Session, proof, new ClientAddress(_ada.Address)));
        vault.Time.Advance(TimeSpan.FromMinutes(5));
        Expect.Refused(ErrorCode.NotPermitted, await _ada.TryCloseAsync());

        // What a gateway could ask other grains for.
        Expect.Refused(ErrorCode.NotFound, await vault.File(_kept.Reserve.File).EraseClosed(_ada.Account));
        Expect.Refused(ErrorCode.NotFound, await vault.File(_kept.Reserve.File).EraseClosed(AccountId.New()));
        Expect.Refused(ErrorCode.NotFound, await vault.File(_given.Reserve.File).EndShare(_bob.Account));
        Assert.DoesNotContain("user.closed.v1", await EventsAsync(_ada));
        Assert.Single(await TestShare.ReceivedAsync(_bob));
        Expect.Value(await vault.File(_kept.Reserve.File).GetVersion(_ada.Caller, 0));
    }

    [Fact]
    public async Task CloseAccount_SecondFactor_NeedsItsCodeThoughTheSessionBeganWithOne()
    {
        var secret = Expect.Value(await _ada.Grain.PrepareTotp(_ada.Session)).Secret;
        string[] backup = [.. Enumerable.Range(0, BackupCode.Count).Select(_ => BackupCode.New())];
        var code = new Authenticator(secret).Show(vault.Time.GetUtcNow());
        Expect.Value(await _ada.Grain.EnableTotp(_ada.Session, new EnableTotpRequest(code, backup)));

        Expect.Refused(ErrorCode.CodeRequired, await _ada.TryCloseAsync());
        Expect.Refused(ErrorCode.CodeInvalid, await _ada.TryCloseAsync("000000"));
        Expect.Refused(ErrorCode.CodeInvalid, await _ada.TryCloseAsync(code)); // used up
        Expect.Value(await _ada.Grain.GetSession(_ada.Session));
        Expect.Value(await _ada.TryCloseAsync(backup[0]));
        await ErasedAsync(_ada);
    }

    [Fact]
    public async Task CloseAccount_SendReservedWithAnotherPersonsFileId_IsErasedAndLeavesTheirFile()
    {
        var send = new TestSend(_ada).Reserve with { File = _his.Reserve.File };
        Expect.Value(Assert.Single(Expect.Value(await _ada.Grain.ReserveSends(_ada.Session, [send])).Items));

        Expect.Value(await _ada.TryCloseAsync());

        await ErasedAsync(_ada);
        Expect.Value(await vault.File(_his.Reserve.File).GetVersion(_bob.Caller, 0));
    }

    [Fact]
    public async Task Register_TheAddressAnewAtOnce_InheritsNothing()
    {
        Expect.Value(await _ada.TryCloseAsync());

        var again = await (await new TestPerson(vault, _ada.Email, "quite another horse").RegisterAsync()).LoginAsync();
        Assert.NotEqual(_ada.Account, again.Account);
        Assert.Equal(0, Expect.Value(await again.Grain.GetSession(again.Session)).UsedBytes);
        Assert.Empty(Expect.Value(await again.Grain.ListFiles(again.Session, null, 10)).Files);
        Assert.Empty(await TestShare.ReceivedAsync(again));
        Assert.Equal(0, Expect.Value(await again.Grain.GetContacts(again.Session)).Version);
        Expect.Refused(ErrorCode.NotFound, await vault.File(_kept.Reserve.File).GetVersion(again.Caller, 0));
        Expect.Refused(ErrorCode.NotFound, await vault.File(_his.Reserve.File).GetVersion(again.Caller, 0));
        await ErasedAsync(_ada);

        // The erasure of the one before takes nothing of it.
        await vault.RestartAsync();
        await again.LoginAsync();
        var sent = new TestSend(again);
        await sent.SendAsync(vault);
        vault.Time.Advance(TimeSpan.FromHours(1));
        await Work.FinishAllAsync(default);
        Assert.NotNull(await vault.Content.LengthAsync(sent.ContentBlob, default));
        await again.LoginAsync();
    }

    [Fact]
    public async Task FinishPending_ContentThatARequestUnderWayStoredLate_IsDeletedByTheLastLook()
    {
        Expect.Value(await _ada.TryCloseAsync());
        await ErasedAsync(_ada);
        var late = new TestSend(_ada);
        await late.StoreContentAsync(vault);

        vault.Time.Advance(TimeSpan.FromMinutes(59));
        await Work.FinishAllAsync(default);
        Assert.Null(await vault.Content.LengthAsync(late.ContentBlob, default));
        Assert.True(await Work.IsNotedAsync(_ada.Account));
        vault.Time.Advance(TimeSpan.FromMinutes(1));
        await Work.FinishAllAsync(default);
        Assert.False(await Work.IsNotedAsync(_ada.Account));
    }

    [Fact]
    public async Task Recipient_Closed_IsNoRecipientAnyMore()
    {
        Expect.Value(await _ada.TryCloseAsync());
        await ErasedAsync(_ada);
        var share = new TestShare(_bob, _his.Reserve.File);
        Assert.Empty((await share.SharesAsync()).Shares);
        Assert.Contains("file.shares-revoked.v1", await vault.EventsAsync("files", _his.Reserve.File.ToString()));
        Expect.Refused(ErrorCode.Conflict, await share.TryGrantAsync(share.Sign(_ada, await share.TargetAsync())));
        Assert.Empty(await EventsAsync(_ada)); // nothing brings the stream back
        Expect.Value(await _ada.Grain.EndSession(_ada.Session));
        await vault.SignIn.RequestRecovery(new RecoveryRequest(_ada.Email));
        Expect.Refused(ErrorCode.NotFound, await _ada.Grain.AnnounceShare(_his.Reserve.File, 99));
        Assert.Empty(await EventsAsync(_ada));
    }

    private async Task NewAdaAsync()
    {
        _ada = await (await new TestPerson(vault) { Address = "203.0.113.77" }.RegisterAsync()).LoginAsync();
        await _bob.LoginAsync();
        (_given, _kept, _his) = (new TestSend(_ada), new TestSend(_ada), new TestSend(_bob));
        await _given.SendAsync(vault);
        await _kept.SendAsync(vault);
        await _his.SendAsync(vault);
        await new TestShare(_ada, _given.Reserve.File).GrantAsync(_bob);
        await new TestShare(_bob, _his.Reserve.File).GrantAsync(_ada);
    }

    // A mail that was handed over a moment before the process died is handed over once more, at another time.
    private async Task RestartAsync()
    {
        await vault.StopAsync();
        vault.Time.Advance(TimeSpan.FromSeconds(1));
        await vault.StartAsync();
    }

    private Task<IReadOnlyList<string>> EventsAsync(TestPerson person) => vault.EventsAsync("users", person.Account.ToString());

    private async Task ErasedAsync(TestPerson person, string when = "uninterrupted")
    {
        await Until.HoldsAsync(async () => (await EventsAsync(person)).Count == 0, $"The account was not erased, {when}.");
        Assert.NotNull(await vault.Service<AccountErasure>().FindAsync(person.Account));
    }

    private IReadOnlyList<string> Find(string text) => StoreSearch.Find(vault.StoredFiles(), text);

    private static IEnumerable<string> Only(params string[] names) => names.Order(StringComparer.Ordinal);

    // folder and file
    private static string Short(string file)
    {
        var parts = file.Split(Path.DirectorySeparatorChar);
        var at = Array.FindLastIndex(parts, part => part is "closed" or "pending" or "files" or "users");
        return at < 0 ? file : $"{parts[at]}/{parts[^1]}";
    }
}

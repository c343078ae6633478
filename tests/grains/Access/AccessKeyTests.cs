using Vault.Grains.Interfaces;
using Vault.Protocol;

namespace Vault.Grains.Tests.Access;

/// <summary>Keys that sign in without a password: what each scope may do is checked on every command.</summary>
public sealed class AccessKeyTests(TestVault vault) : IClassFixture<TestVault>, IAsyncLifetime
{
    private TestPerson _owner = null!, _friend = null!; // set by InitializeAsync
    private TestSend _file = null!; // set by InitializeAsync

    public async Task InitializeAsync()
    {
        _owner = await (await new TestPerson(vault).RegisterAsync()).LoginAsync();
        _friend = await (await new TestPerson(vault).RegisterAsync()).LoginAsync();
        _file = new TestSend(_owner);
        await _file.SendAsync(vault);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task GetAccess_ListedKey_GivesOutWhatWasSealedForIt()
    {
        var key = await NewAsync(AccessScope.ReadOnly);
        var reply = Expect.Value(await key.Grain.GetAccess(key.Key, new ClientAddress("203.0.113.9")));
        Assert.Equal((_owner.Account, _owner.Email, key.Id, AccessScope.ReadOnly), (reply.Account, reply.Email, reply.Key, reply.Scope));
        Assert.Equal(key.SealedKeys, reply.SealedKeys);
        var session = Expect.Value(await key.Grain.GetSession(key.Key));
        Assert.Equal((_owner.Email, "a script"), (session.Email, session.Device));
        Expect.Refused(ErrorCode.NotAuthenticated, await _owner.Grain.GetAccess(_owner.Session, new ClientAddress("203.0.113.9")));
    }

    [Theory]
    [InlineData(AccessScope.All, "read", "send", "change")]
    [InlineData(AccessScope.ReadOnly, "read")]
    [InlineData(AccessScope.SendOnly, "send")]
    public async Task Command_ByScope_IsAllowedOrNotPermitted(AccessScope scope, params string[] allowed)
    {
        var key = await NewAsync(scope);
        var (grain, k, id) = (key.Grain, key.Key, _file.Reserve.File);
        var file = vault.File(id);
        var share = new TestShare(_owner, id);
        var grant = new GrantSharesRequest(CommandId.New(), [share.Sign(_friend, await share.TargetAsync())]);
        var commands = new (string Right, string Name, Func<Task<Problem?>> Run)[]
        {
            ("read", "list", async () => (await grain.ListFiles(k, null, 10)).Problem),
            ("read", "find", async () => (await grain.FindFile(k, new byte[32])).Problem),
            ("read", "version", async () => (await file.GetVersion(key.Caller, 0)).Problem),
            ("read", "payload", async () => (await file.GetPayload(key.Caller, 0)).Problem),
            ("read", "shares", async () => (await grain.GetFileShares(k, id)).Problem),
            ("read", "shares at the file", async () => (await file.GetShares(key.Caller)).Problem),
            ("read", "given", async () => (await grain.ListGiven(k, null, 10)).Problem),
            ("read", "received", async () => (await grain.ListReceived(k, null, 10)).Problem),
            ("read", "profile", async () => (await grain.FindProfile(k, new FindProfileRequest(_friend.Email))).Problem),
            ("read", "contacts", async () => (await grain.GetContacts(k)).Problem),
            ("send", "reserve", async () => (await grain.ReserveSends(k, [new TestSend(_owner).Reserve])).Problem),
            ("send", "release", async () => (await grain.ReleaseSend(k, UploadId.New())).Problem),
            ("send", "commit", async () => (await grain.CommitSends(k, [_file.Commit(new SendTarget(id, 1, null))])).Problem),
            ("change", "grant at the file", async () => (await file.Grant(key.Caller, grant)).Problem),
            ("change", "grant", async () => (await grain.GrantShares(k, id, grant)).Problem),
            ("change", "revoke at the file", async () => (await file.Revoke(key.Caller, _friend.Account)).Problem),
            ("change", "revoke", async () => (await grain.RevokeShare(k, id, _friend.Account)).Problem),
            ("change", "store contacts", async () => (await grain.PutContacts(k, new PutContactsRequest(1, [1]))).Problem),
            ("change", "remove", async () => (await grain.RemoveFile(k, id)).Problem),
        };
        foreach (var (right, name, run) in commands)
        {
            var problem = await run();
            Assert.True(allowed.Contains(right) ? problem is null : problem?.Code == ErrorCode.NotPermitted, $"{scope}: {name}: {problem}");
        }
    }

    [Theory]
    [InlineData(AccessScope.All)]
    [InlineData(AccessScope.ReadOnly)]
    [InlineData(AccessScope.SendOnly)]
    public async Task Account_WithAnAccessKey_CannotBeChanged(AccessScope scope)
    {
        var key = await NewAsync(scope);
        Expect.Refused(ErrorCode.NotPermitted, await key.Grain.ListAccessKeys(key.Key));
        Expect.Refused(ErrorCode.NotPermitted, await key.Grain.AddAccessKey(key.Key, new TestAccessKey(vault, _owner, scope).Request));
        Expect.Refused(ErrorCode.NotPermitted, await key.Grain.RemoveAccessKey(key.Key, key.Id));
        Expect.Refused(ErrorCode.NotPermitted, await key.Grain.PrepareTotp(key.Key));
        Expect.Refused(ErrorCode.NotPermitted, await key.Grain.EnableTotp(key.Key, new EnableTotpRequest("1", [])));
        Expect.Refused(ErrorCode.NotPermitted, await key.Grain.DisableTotp(key.Key, new DisableTotpRequest("1"), new ClientAddress("x")));
        Expect.Value(await key.Grain.EndSession(key.Key)); // disconnecting ends a session, not the key
        Expect.Value(await key.Grain.GetSession(key.Key));
    }

    [Fact]
    public async Task Commit_SendOnlyWithItsCertificate_IsStoredAndListed()
    {
        var key = await NewAsync(AccessScope.SendOnly);
        var send = new TestSend(_owner);
        Assert.Equal(1, Expect.Receipt(await key.SendAsync(send, key.Certify())).Version);
        var version = Expect.Value(await vault.File(send.Reserve.File).GetVersion(_owner.Caller, 0));
        Assert.NotNull(version.Manifest.Certificate);
        await vault.RestartAsync();
        version = Expect.Value(await vault.File(send.Reserve.File).GetVersion(_owner.Caller, 0));
        Assert.NotNull(version.Manifest.Verify(_owner.Profile().Verify()!.SigningKey)); // made by the test
    }

    [Fact]
    public async Task Commit_SendOnlyWithAnythingElse_IsRefused()
    {
        var key = await NewAsync(AccessScope.SendOnly);
        var other = await NewAsync(AccessScope.SendOnly);
        var end = vault.Time.GetUtcNow();
        foreach (var (certificate, seed) in new (SignedCertificate?, byte[]?)[]
        {
            (null, null), (null, _owner.SigningSeed), (other.Certify(), other.Seed), (key.Certify(), other.Seed),
            (key.Certify(signingSeed: _friend.SigningSeed), null), (key.Certify(c => c with { Owner = _friend.Account }), null),
            (key.Certify(c => c with { ExpiresAt = end }), null), (key.Certify(c => c with { Key = other.Id }), null),
            (key.Certify() with { Bytes = new byte[513] }, null), (key.Certify(c => c with { SigningKey = new byte[31] }), null),
        })
        {
            Expect.Refused(ErrorCode.InvalidRequest, await key.SendAsync(new TestSend(_owner), certificate, seed));
        }

        Expect.Refused(ErrorCode.NotPermitted, await key.SendAsync(
            new TestSend(_owner), key.Certify(), shares: new VersionShares([], [], RemoveOlder: true)));
        Assert.Single(Expect.Value(await _owner.Grain.ListFiles(_owner.Session, null, 10)).Files);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Commit_OtherScopeOrSessionWithACertificate_IsRefused(bool isSession)
    {
        var key = await NewAsync(AccessScope.All);
        var send = new TestSend(_owner);
        if (isSession)
        {
            var commit = send.Commit(await send.StageAsync(vault));
            var refused = await send.TryCommitAsync(commit with { Manifest = commit.Manifest with { Certificate = key.Certify() } });
            Expect.Refused(ErrorCode.InvalidRequest, refused);
            return;
        }

        Expect.Refused(ErrorCode.InvalidRequest, await key.SendAsync(send, key.Certify()));
        Expect.Receipt(await key.SendAsync(new TestSend(_owner), null, _owner.SigningSeed));
    }

    [Fact]
    public async Task Commit_SendOnlyOfASharedFile_IsNotPermitted()
    {
        var key = await NewAsync(AccessScope.SendOnly);
        var share = new TestShare(_owner, _file.Reserve.File);
        await share.GrantAsync(_friend);
        Expect.Refused(ErrorCode.NotPermitted, await key.SendAsync(new TestSend(_owner, _file.Reserve.NameTag), key.Certify()));
        await share.RevokeAsync(_friend);
        Assert.Equal(2, Expect.Receipt(await key.SendAsync(new TestSend(_owner, _file.Reserve.NameTag), key.Certify())).Version);
    }

    [Fact]
    public async Task Grant_SignedByACertifiedKey_IsRefused()
    {
        var key = await NewAsync(AccessScope.SendOnly);
        var share = new TestShare(_owner, _file.Reserve.File);
        Expect.Refused(ErrorCode.InvalidRequest, await share.TryGrantAsync(share.Sign(_friend, await share.TargetAsync(), seed: key.Seed)));
    }

    [Fact]
    public async Task RemoveAccessKey_InUse_EndsAtTheNextRequestAndItsKeysAreGone()
    {
        var key = await NewAsync(AccessScope.All);
        Expect.Value(await key.Grain.ListFiles(key.Key, null, 10));
        Assert.True(vault.HasBlob(key.SealedKeys));
        Expect.Value(await _owner.Grain.RemoveAccessKey(_owner.Session, key.Id));

        Expect.Refused(ErrorCode.NotAuthenticated, await key.Grain.ListFiles(key.Key, null, 10));
        Expect.Refused(ErrorCode.NotAuthenticated, await vault.File(_file.Reserve.File).GetPayload(key.Caller, 0));
        Expect.Refused(ErrorCode.NotAuthenticated, await key.Grain.GetAccess(key.Key, new ClientAddress("x")));
        Assert.False(vault.HasBlob(key.SealedKeys));
        Expect.Value(await _owner.Grain.RemoveAccessKey(_owner.Session, key.Id));
    }

    [Fact]
    public async Task AccessKey_Expired_IsNotAuthenticatedAndStillListed()
    {
        var key = new TestAccessKey(vault, _owner, AccessScope.All);
        await key.AddAsync(key.Request with { ExpiresAt = vault.Time.GetUtcNow().AddMinutes(5) });
        Expect.Value(await key.Grain.ListFiles(key.Key, null, 10));
        vault.Time.Advance(TimeSpan.FromMinutes(5));
        Expect.Refused(ErrorCode.NotAuthenticated, await key.Grain.ListFiles(key.Key, null, 10));
        Expect.Refused(ErrorCode.NotAuthenticated, await key.Grain.GetAccess(key.Key, new ClientAddress("x")));
        Assert.Equal(key.Id, Assert.Single(Expect.Value(await _owner.Grain.ListAccessKeys(_owner.Session)).Keys).Key);
    }

    [Fact]
    public async Task ListAccessKeys_UsedKey_SaysWhenAndFromWhereToTheHour()
    {
        var key = await NewAsync(AccessScope.SendOnly);
        var first = vault.Time.GetUtcNow();
        Expect.Value(await key.Grain.GetAccess(key.Key, new ClientAddress("203.0.113.9")));
        vault.Time.Advance(TimeSpan.FromMinutes(59));
        Expect.Value(await key.Grain.GetAccess(key.Key, new ClientAddress("203.0.113.9")));
        await _owner.LoginAsync();
        var entry = Assert.Single(Expect.Value(await _owner.Grain.ListAccessKeys(_owner.Session)).Keys);
        Assert.Equal(("a script", AccessScope.SendOnly, (DateTimeOffset?)first, "203.0.113.9"),
            (entry.Name, entry.Scope, entry.LastUsedAt, entry.LastAddress));
        vault.Time.Advance(TimeSpan.FromMinutes(1));
        Expect.Value(await key.Grain.GetAccess(key.Key, new ClientAddress("203.0.113.9")));
        entry = Assert.Single(Expect.Value(await _owner.Grain.ListAccessKeys(_owner.Session)).Keys);
        Assert.Equal(vault.Time.GetUtcNow(), entry.LastUsedAt);
    }

    [Fact]
    public async Task AddAccessKey_SentAgain_IsTheSameAndAnotherWithItsIdOrKeyIsAConflict()
    {
        var key = await NewAsync(AccessScope.All);
        await key.AddAsync();
        var other = new TestAccessKey(vault, _owner, AccessScope.All);
        Expect.Refused(ErrorCode.Conflict, await _owner.Grain.AddAccessKey(_owner.Session, key.Request with { SealedKeys = [1] }));
        Expect.Refused(ErrorCode.Conflict, await _owner.Grain.AddAccessKey(_owner.Session, key.Request with { Key = other.Id }));
        Expect.Refused(ErrorCode.Conflict, await _owner.Grain.AddAccessKey(
            _owner.Session, other.Request with { PublicKey = Convert.FromHexString(_owner.Session.ToString()) }));
        Assert.Single(await vault.EventsAsync("users", _owner.Account.ToString()), "user.access-key-added.v1");
    }

    [Fact]
    public async Task AddAccessKey_SessionOfLongAgo_NeedsThePasswordAgain()
    {
        vault.Time.Advance(TimeSpan.FromMinutes(10));
        var key = new TestAccessKey(vault, _owner, AccessScope.All);
        Expect.Refused(ErrorCode.NotPermitted, await _owner.Grain.AddAccessKey(_owner.Session, key.Request));
        await _owner.LoginAsync();
        await key.AddAsync();
    }

    [Fact]
    public async Task AddAccessKey_OutOfRange_IsRefused()
    {
        var good = new TestAccessKey(vault, _owner, AccessScope.All).Request;
        foreach (var bad in new[]
        {
            good with { Name = "" }, good with { Name = new string('x', 101) }, good with { Name = "a\nb" }, good with { SealedKeys = [] },
            good with { SealedKeys = new byte[NewAccessKeyRequest.MaxSealedLength + 1] }, good with { PublicKey = new byte[31] },
            good with { ExpiresAt = vault.Time.GetUtcNow() },
            good with { ExpiresAt = vault.Time.GetUtcNow().AddYears(11) },
        })
        {
            Expect.Refused(ErrorCode.InvalidRequest, await _owner.Grain.AddAccessKey(_owner.Session, bad));
        }

        var stranger = new TestPerson(vault);
        Expect.Refused(ErrorCode.NotAuthenticated, await _owner.Grain.AddAccessKey(stranger.Session, good));
    }

    private Task<TestAccessKey> NewAsync(AccessScope scope) => new TestAccessKey(vault, _owner, scope).AddAsync();
}

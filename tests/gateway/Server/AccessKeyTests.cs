using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json.Serialization.Metadata;
using Vault.Cryptography.Primitives;
using Vault.Protocol;

namespace Vault.Gateway.Tests.Server;

/// <summary>Access keys at the socket: what each scope gets, and what a hostile holder of one is refused who asks for it all the same.</summary>
public sealed class AccessKeyTests(VaultFixture fixture) : IClassFixture<VaultFixture>, IAsyncLifetime
{
    private readonly SecretBytes _key = SecretBytes.Random(X25519.KeyLength);
    private readonly AccessKeyId _id = AccessKeyId.New();
    private readonly byte[] _sealed = RandomNumberGenerator.GetBytes(300);
    private readonly byte[] _ownSeed = RandomNumberGenerator.GetBytes(Ed25519.SeedLength);
    private TestPerson _owner = null!, _friend = null!; // set by InitializeAsync
    private TestSend _stored = null!; // set by InitializeAsync

    private FileId File => _stored.Reserve.File;

    public async Task InitializeAsync()
    {
        _owner = await TestPerson.SignUpAsync(fixture.Vault);
        _friend = await TestPerson.SignUpAsync(fixture.Vault);
        _stored = new TestSend(_owner);
        await _stored.SendAsync();
    }

    public Task DisposeAsync()
    {
        _owner.Dispose();
        _friend.Dispose();
        return Task.CompletedTask;
    }

    [Theory]
    [InlineData(AccessScope.All, "read", "send", "change")]
    [InlineData(AccessScope.ReadOnly, "read")]
    [InlineData(AccessScope.SendOnly, "send")]
    public async Task EveryRoute_ByScope_IsAnsweredOrNotPermitted(AccessScope scope, params string[] allowed)
    {
        using var holder = await HolderAsync(scope);
        var access = await holder.GetAsync(Routes.Access, ProtocolJson.Default.AccessReply);
        Assert.Equal((_owner.Account, _id, scope), (access.Account, access.Key, access.Scope));
        Assert.Equal(_sealed, access.SealedKeys);
        Assert.Equal("a script", (await holder.GetAsync(Routes.Session, ProtocolJson.Default.SessionReply)).Device); // whatever the scope

        foreach (var (right, method, path, body) in Commands())
        {
            using var request = new HttpRequestMessage(method, path) { Content = body };
            using var response = await holder.SendAsync(request);
            var isRefused = response.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized;
            Assert.True(
                isRefused != allowed.Contains(right),
                $"{scope}: {method} {path} ({right}) was answered {response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
            if (isRefused)
            {
                await response.IsProblemAsync(ErrorCode.NotPermitted, 403);
            }
        }

        // Nothing of what was refused has happened.
        if (scope != AccessScope.All)
        {
            var listed = await _owner.GetAsync($"{Routes.Files}?limit=10", ProtocolJson.Default.FileListPage);
            Assert.Single(listed.Files);
            Assert.Equal(0, (await _owner.GetAsync(Routes.Contacts, ProtocolJson.Default.ContactsReply)).Version);
        }

        Assert.Equal(_id, Assert.Single((await _owner.GetAsync(Routes.AccessKeys, ProtocolJson.Default.AccessKeysReply)).Keys).Key);
        await _owner.GetAsync(Routes.Session, ProtocolJson.Default.SessionReply);
    }

    [Fact]
    public async Task SendOnly_SignsWithItsOwnCertifiedKeyAndNoOther()
    {
        using var holder = await HolderAsync(AccessScope.SendOnly);
        var certificate = Certify(_id, DateTimeOffset.UtcNow.AddDays(1));
        (string What, byte[] Seed, SignedCertificate? Certificate)[] hostile =
        [
            ("the owner's key, stolen elsewhere, without a certificate", _owner.SigningSeed, null),
            ("no certificate", _ownSeed, null),
            ("another key than was certified", RandomNumberGenerator.GetBytes(32), certificate),
            ("a certificate of another access key", _ownSeed, Certify(AccessKeyId.New(), DateTimeOffset.UtcNow.AddDays(1))),
            ("a certificate that is over", _ownSeed, Certify(_id, DateTimeOffset.UtcNow.AddSeconds(-1))),
            ("a certificate of its own making", _ownSeed, Certify(_id, DateTimeOffset.UtcNow.AddDays(1), _ownSeed)),
        ];
        foreach (var (what, seed, given) in hostile)
        {
            var send = new TestSend(holder);
            using var refused = await CommitAsync(send, seed, given);
            Assert.True(refused.StatusCode == HttpStatusCode.BadRequest, $"{what}: {refused.StatusCode}");
            await refused.IsProblemAsync(ErrorCode.InvalidRequest);
        }

        using var shared = await CommitAsync(new TestSend(holder), _ownSeed, certificate, new VersionShares([], []));
        await shared.IsProblemAsync(ErrorCode.NotPermitted, 403);
        using var stored = await CommitAsync(new TestSend(holder), _ownSeed, certificate);
        await stored.ReadAsync(ProtocolJson.Default.Receipt);
        Assert.Equal(2, (await _owner.GetAsync($"{Routes.Files}?limit=10", ProtocolJson.Default.FileListPage)).Files.Count);
    }

    [Theory]
    [InlineData(AccessScope.All)]
    [InlineData(AccessScope.ReadOnly)]
    public async Task Commit_KeyThatIsNotSendOnly_TakesNoCertificate(AccessScope scope)
    {
        using var holder = await HolderAsync(scope);
        var send = new TestSend(scope == AccessScope.All ? holder : _owner);
        var target = await send.MustReserveAsync();
        await send.MustPutAsync();
        var commit = Signed(send, target, _ownSeed, Certify(_id, DateTimeOffset.UtcNow.AddDays(1)));
        using var response = await holder.Http.PostAsJsonAsync(
            Routes.SendCommit(send.Reserve.Upload), commit, ProtocolJson.Default.CommitSendRequest);
        await response.IsProblemAsync(scope == AccessScope.All ? ErrorCode.InvalidRequest : ErrorCode.NotPermitted);
    }

    [Fact]
    public async Task Removed_OpenConnection_EndsAtTheNextRequest()
    {
        using var holder = await HolderAsync(AccessScope.ReadOnly);
        await holder.GetAsync($"{Routes.Files}?limit=10", ProtocolJson.Default.FileListPage);
        using var removed = await _owner.Http.DeleteAsync(Routes.AccessKey(_id));
        Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
        foreach (var path in new[] { $"{Routes.Files}?limit=10", Routes.Access, Routes.FilePayload(File, 0), Routes.Session })
        {
            using var response = await holder.Http.GetAsync(path);
            await response.IsProblemAsync(ErrorCode.NotAuthenticated, 401);
        }
    }

    [Fact]
    public async Task Stranger_WhoNamesTheAccountWithAnotherKey_IsNobody()
    {
        using var holder = await HolderAsync(AccessScope.All);
        using var stranger = TestPerson.WithKey(fixture.Vault, _owner, SecretBytes.Random(X25519.KeyLength));
        using var response = await stranger.Http.GetAsync(Routes.Access);
        await response.IsProblemAsync(ErrorCode.NotAuthenticated, 401);

        // The key of one account is none of another's, whatever the handshake says.
        using var elsewhere = TestPerson.WithKey(fixture.Vault, _friend, _key.Copy());
        using var other = await elsewhere.Http.GetAsync(Routes.Access);
        await other.IsProblemAsync(ErrorCode.NotAuthenticated, 401);
        using var session = await _owner.Http.GetAsync(Routes.Access);
        await session.IsProblemAsync(ErrorCode.NotAuthenticated, 401); // a session is no access key
    }

    [Fact]
    public async Task Add_Expired_IsRefusedAndExpiryHoldsOnOpenConnections()
    {
        using var late = await PutAsync(AccessScope.All, DateTimeOffset.UtcNow.AddSeconds(-1));
        await late.IsProblemAsync(ErrorCode.InvalidRequest, 400);
        using var holder = await HolderAsync(AccessScope.ReadOnly, DateTimeOffset.UtcNow.AddSeconds(3));
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (true)
        {
            using var response = await holder.Http.GetAsync($"{Routes.Files}?limit=10", patience.Token);
            if (response.StatusCode == HttpStatusCode.Unauthorized)
            {
                await response.IsProblemAsync(ErrorCode.NotAuthenticated);
                break;
            }

            await Task.Delay(100, patience.Token);
        }
    }

    private (string Right, HttpMethod Method, string Path, HttpContent? Body)[] Commands()
    {
        var send = new TestSend(_owner);
        var grants = new GrantSharesRequest(CommandId.New(), []);
        var profile = new SignedRevision([1], new byte[64]);
        return
        [
            ("read", HttpMethod.Get, $"{Routes.Files}?limit=10", null),
            ("read", HttpMethod.Get, $"{Routes.Files}?nameTag={new string('0', 64)}", null),
            ("read", HttpMethod.Get, Routes.FileVersion(File, 0), null), ("read", HttpMethod.Get, Routes.FilePayload(File, 0), null),
            ("read", HttpMethod.Get, Routes.FileVersions(File), null), ("read", HttpMethod.Get, $"{Routes.Trash}?limit=10", null),
            ("read", HttpMethod.Get, $"{Routes.FileHistory(File)}?limit=10", null),
            ("read", HttpMethod.Get, Routes.FileShares(File), null), ("read", HttpMethod.Get, $"{Routes.GivenShares}?limit=10", null),
            ("read", HttpMethod.Get, $"{Routes.ReceivedShares}?limit=10", null), ("read", HttpMethod.Get, Routes.Contacts, null),
            ("read", HttpMethod.Post, Routes.FindProfile, Json(new FindProfileRequest(_friend.Email), ProtocolJson.Default.FindProfileRequest)),
            ("send", HttpMethod.Post, Routes.Sends, Json(send.Reserve, ProtocolJson.Default.ReserveSendRequest)),
            ("send", HttpMethod.Get, Routes.SendParts(send.Reserve.Upload), null),
            ("send", HttpMethod.Put, Routes.SendPart(send.Reserve.Upload, 0), Part(send)),
            ("send", HttpMethod.Post, Routes.SendCommit(_stored.Reserve.Upload),
                Json(_stored.Commit(new SendTarget(File, 1, null)), ProtocolJson.Default.CommitSendRequest)),
            ("send", HttpMethod.Post, Routes.SendBatch, new ByteArrayContent(new TestSend(_owner).Frame())),
            ("send", HttpMethod.Delete, Routes.Send(send.Reserve.Upload), null),
            ("change", HttpMethod.Put, Routes.FileShares(File), Json(grants, ProtocolJson.Default.GrantSharesRequest)),
            ("change", HttpMethod.Post, Routes.FileCopy(File, 1), Json(
                new CopyVersionRequest(FileId.New(), new byte[32], new TestSend(_owner).Commit(new SendTarget(File, 1, null))),
                ProtocolJson.Default.CopyVersionRequest)),
            ("change", HttpMethod.Delete, Routes.FileShare(File, _friend.Account), null),
            ("change", HttpMethod.Put, Routes.FileName(File),
                Json(new RenameFileRequest(new byte[32], [1], [1], profile), ProtocolJson.Default.RenameFileRequest)),
            ("change", HttpMethod.Put, Routes.FileNaming(File),
                Json(new NameFileRequest(new byte[32], [1], new SignedNaming([1], new byte[64])), ProtocolJson.Default.NameFileRequest)),
            ("change", HttpMethod.Put, Routes.Contacts, Json(new PutContactsRequest(7, [1]), ProtocolJson.Default.PutContactsRequest)),
            ("change", HttpMethod.Put, Routes.FileTrash(File), null), ("change", HttpMethod.Delete, Routes.FileTrash(File), null),
            ("change", HttpMethod.Delete, Routes.File(FileId.New()), null),

            // The account itself is for nobody but a session.
            ("account", HttpMethod.Get, Routes.Sessions, null), ("account", HttpMethod.Delete, Routes.Sessions, null),
            ("account", HttpMethod.Delete, Routes.SessionOf(new string('0', 32)), null),
            ("account", HttpMethod.Get, Routes.AccessKeys, null), ("account", HttpMethod.Delete, Routes.AccessKey(_id), null),
            ("account", HttpMethod.Put, Routes.AccessKeys, Json(Request(AccessScope.All, DateTimeOffset.UtcNow.AddDays(1)), ProtocolJson.Default.NewAccessKeyRequest)),
            ("account", HttpMethod.Post, Routes.Totp, null),
            ("account", HttpMethod.Put, Routes.Totp, Json(new EnableTotpRequest("123456", []), ProtocolJson.Default.EnableTotpRequest)),
            ("account", HttpMethod.Post, Routes.TotpDisable, Json(new DisableTotpRequest("123456"), ProtocolJson.Default.DisableTotpRequest)),
            ("account", HttpMethod.Post, Routes.PasswordStart, Json(new PasswordStartRequest(new byte[32]), ProtocolJson.Default.PasswordStartRequest)),
            ("account", HttpMethod.Post, Routes.Keys, Json(new ChangeKeysRequest(null, null, [1], null, null), ProtocolJson.Default.ChangeKeysRequest)),
            ("account", HttpMethod.Get, Routes.LostKeyRings, null), ("account", HttpMethod.Get, Routes.LostContacts(1), null),
            ("account", HttpMethod.Get, Routes.History, null),
            ("account", HttpMethod.Post, Routes.CloseAccount, Json(
                new CloseAccountRequest(ClosingProof.Sign(_owner.Account, PublicKey(), _owner.SigningSeed), null),
                ProtocolJson.Default.CloseAccountRequest)),
        ];
    }

    private static JsonContent Json<T>(T value, JsonTypeInfo<T> type) => JsonContent.Create(value, type);

    private static ReadOnlyMemoryContent Part(TestSend send)
    {
        var content = new ReadOnlyMemoryContent(send.Part(0));
        content.Headers.Add(Routes.PartHashHeader, Convert.ToHexStringLower(SHA256.HashData(send.Part(0).Span)));
        return content;
    }

    private static CommitSendRequest Signed(TestSend send, SendTarget target, byte[] seed, SignedCertificate? certificate)
    {
        var commit = send.Commit(target, seed: seed);
        return commit with { Manifest = commit.Manifest with { Certificate = certificate } };
    }

    private static async Task<HttpResponseMessage> CommitAsync(
        TestSend send, byte[] seed, SignedCertificate? certificate, VersionShares? shares = null)
    {
        var target = await send.MustReserveAsync();
        await send.MustPutAsync();
        return await send.CommitAsync(Signed(send, target, seed, certificate) with { Shares = shares });
    }

    private SignedCertificate Certify(AccessKeyId key, DateTimeOffset end, byte[]? seed = null)
    {
        var publicKey = new byte[Ed25519.PublicKeyLength];
        Ed25519.PublicKey(publicKey, _ownSeed);
        return SignedCertificate.Sign(new SigningCertificate(_owner.Account, key, publicKey, end), seed ?? _owner.SigningSeed);
    }

    private byte[] PublicKey()
    {
        var key = new byte[X25519.KeyLength];
        X25519.PublicKey(key, _key.Span);
        return key;
    }

    private NewAccessKeyRequest Request(AccessScope scope, DateTimeOffset end) => new(_id, "a script", scope, PublicKey(), _sealed, end);

    private Task<HttpResponseMessage> PutAsync(AccessScope scope, DateTimeOffset end) =>
        _owner.Http.PutAsJsonAsync(Routes.AccessKeys, Request(scope, end), ProtocolJson.Default.NewAccessKeyRequest);

    private async Task<TestPerson> HolderAsync(AccessScope scope, DateTimeOffset? end = null)
    {
        using var added = await PutAsync(scope, end ?? DateTimeOffset.UtcNow.AddDays(1));
        Assert.True(added.StatusCode == HttpStatusCode.NoContent, await added.Content.ReadAsStringAsync());
        return TestPerson.WithKey(fixture.Vault, _owner, _key.Copy());
    }
}

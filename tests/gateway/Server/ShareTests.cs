using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using Vault.Protocol;

namespace Vault.Gateway.Tests.Server;

public class ShareTests(VaultFixture fixture) : IClassFixture<VaultFixture>, IAsyncLifetime
{
    private const int Length = 200_000;
    private TestPerson _owner = null!, _friend = null!; // set by InitializeAsync

    public async Task InitializeAsync()
    {
        _owner = await TestPerson.SignUpAsync(fixture.Vault);
        _friend = await TestPerson.SignUpAsync(fixture.Vault);
    }

    public Task DisposeAsync()
    {
        _owner.Dispose();
        _friend.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Grant_FoundByAddress_TheRecipientReadsHeaderAndPayloadUntilItIsRevoked()
    {
        var send = new TestSend(_owner, Length);
        var receipt = await send.SendAsync();
        var found = await _owner.PostAsync(
            Routes.FindProfile, new FindProfileRequest(_friend.Email),
            ProtocolJson.Default.FindProfileRequest, ProtocolJson.Default.ProfileReply);
        Assert.Equal(_friend.Account, found.Account);
        Assert.Equal(_friend.Profile().Bytes, found.Profile.Bytes);

        var grant = await SignAsync(receipt.File);
        var reply = await GrantAsync(receipt.File, grant);
        Assert.Equal((receipt.File, 1, 1L, 2L), (reply.File, reply.Version, reply.LastNumber, reply.StreamVersion));

        var page = await _friend.GetAsync(Routes.ReceivedShares, ProtocolJson.Default.ReceivedSharesPage);
        var received = Assert.Single(page.Shares);
        Assert.Equal((receipt.File, _owner.Account), (received.File, received.Owner));
        Assert.Equal(send.Metadata, received.Metadata);
        Assert.Equal(_owner.Profile().Bytes, Assert.Single(page.Owners).Profile.Bytes);
        var version = await _friend.GetAsync(Routes.FileVersion(receipt.File, 0), ProtocolJson.Default.FileVersionReply);
        Assert.Equal(grant.Header, version.Header);
        Assert.Null(version.OwnerMetadata);
        Assert.Equal(grant.Grant.Bytes, version.Received?.Grant.Bytes);
        using (var part = await RangeAsync(_friend, receipt.File, 150, 199))
        {
            Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
            Assert.Equal(send.Payload[150..200], await part.Content.ReadAsByteArrayAsync());
        }

        using (var revoked = await _owner.Http.DeleteAsync(Routes.FileShare(receipt.File, _friend.Account)))
        {
            Assert.Equal(HttpStatusCode.NoContent, revoked.StatusCode);
        }

        using var after = await RangeAsync(_friend, receipt.File, 150, 199);
        await after.IsProblemAsync(ErrorCode.NotFound);
        using var header = await _friend.Http.GetAsync(Routes.FileVersion(receipt.File, 0));
        await header.IsProblemAsync(ErrorCode.NotFound);
        page = await _friend.GetAsync(Routes.ReceivedShares, ProtocolJson.Default.ReceivedSharesPage);
        Assert.Empty(page.Shares);
    }

    [Fact]
    public async Task Grant_Answered_MovesUnderEightKibibytesWhateverTheFile()
    {
        var receipt = await new TestSend(_owner, Length).SendAsync();
        var request = new GrantSharesRequest(CommandId.New(), [await SignAsync(receipt.File)]);
        var json = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(request, ProtocolJson.Default.GrantSharesRequest);

        Assert.InRange(json.Length, 1, 8 * 1024);
        using var response = await PutAsync(_owner, receipt.File, request);
        Assert.InRange((await response.Content.ReadAsByteArrayAsync()).Length, 1, 8 * 1024);
    }

    [Fact]
    public async Task Brief_Answers_LeaveOutWhatGrowsWithTheFileAndItsReaders()
    {
        var receipt = await new TestSend(_owner).SendAsync();
        await GrantAsync(receipt.File, await SignAsync(receipt.File));

        var shares = await _owner.GetAsync(
            Routes.Brief(Routes.FileShares(receipt.File)), ProtocolJson.Default.FileSharesReply);
        Assert.Empty(shares.Shares);
        Assert.Equal((await SharesAsync(receipt.File)).Target.NextNumber, shares.Target.NextNumber);
        var version = await _owner.GetAsync(
            Routes.Brief(Routes.FileVersion(receipt.File, 0)), ProtocolJson.Default.FileVersionReply);
        Assert.Empty(version.PartHashes);
        Assert.Equal(receipt.ManifestHash, version.Manifest.Hash());
        using var foreign = await _friend.Http.GetAsync(Routes.Brief(Routes.FileShares(receipt.File)));
        await foreign.IsProblemAsync(ErrorCode.NotFound);
    }

    [Fact]
    public async Task GetShares_Given_NameTheRecipients()
    {
        var receipt = await new TestSend(_owner).SendAsync();
        await GrantAsync(receipt.File, await SignAsync(receipt.File));

        var shares = await SharesAsync(receipt.File);
        var share = Assert.Single(shares.Shares);
        Assert.Equal(_friend.Account, share.Recipient);
        Assert.Equal(1, ProtocolJson.TryRead(share.Grant.Bytes, ProtocolJson.Default.Grant)?.Number);
        Assert.Equal(_friend.Profile().Bytes, share.Profile?.Bytes);
        Assert.Equal((1, 2L), (shares.Target.Version, shares.Target.NextNumber));
        Assert.Equal(receipt.ManifestHash, shares.Target.Manifest);
        var all = await _owner.GetAsync(Routes.GivenShares + "?limit=10", ProtocolJson.Default.GivenSharesPage);
        Assert.Equal(receipt.File, Assert.Single(all.Files).File);
        Assert.Empty((await _friend.GetAsync(Routes.GivenShares, ProtocolJson.Default.GivenSharesPage)).Files);
    }

    [Fact]
    public async Task AnyRequest_FileOfSomebodyElse_IsAnsweredAsOneThatIsNotThere()
    {
        using var stranger = await TestPerson.SignUpAsync(fixture.Vault);
        var receipt = await new TestSend(_owner).SendAsync();
        var grant = await SignAsync(receipt.File);
        await GrantAsync(receipt.File, grant);
        foreach (var person in new[] { stranger, _friend })
        {
            foreach (var request in OwnersRequests(grant))
            {
                Assert.Equal(
                    await AnswerAsync(person, request(FileId.New())), await AnswerAsync(person, request(receipt.File)));
            }
        }

        foreach (var path in new Func<FileId, string>[] { file => Routes.FileVersion(file, 0), file => Routes.FilePayload(file, 1) })
        {
            Assert.Equal(
                await AnswerAsync(stranger, new HttpRequestMessage(HttpMethod.Get, path(FileId.New()))),
                await AnswerAsync(stranger, new HttpRequestMessage(HttpMethod.Get, path(receipt.File))));
        }

        Assert.Single((await SharesAsync(receipt.File)).Shares);
    }

    [Fact]
    public async Task AnyRequest_WithoutASession_IsRefused()
    {
        var receipt = await new TestSend(_owner).SendAsync();
        var grant = await SignAsync(receipt.File);
        using var nobody = new TestPerson(fixture.Vault);
        IEnumerable<HttpRequestMessage> requests =
        [
            .. OwnersRequests(grant).Select(request => request(receipt.File)),
            new(HttpMethod.Get, Routes.GivenShares), new(HttpMethod.Get, Routes.ReceivedShares),
            new(HttpMethod.Get, Routes.Contacts),
            new(HttpMethod.Put, Routes.Contacts)
            {
                Content = JsonContent.Create(new PutContactsRequest(1, [1]), ProtocolJson.Default.PutContactsRequest),
            },
            new(HttpMethod.Post, Routes.FindProfile)
            {
                Content = JsonContent.Create(new FindProfileRequest(_friend.Email), ProtocolJson.Default.FindProfileRequest),
            },
        ];
        foreach (var request in requests)
        {
            using var response = await nobody.SendAsync(request);
            await response.IsProblemAsync(ErrorCode.NotAuthenticated);
        }
    }

    [Fact]
    public async Task Grant_Refused_SaysWhatIsInTheWay()
    {
        var receipt = await new TestSend(_owner).SendAsync();
        var grant = await SignAsync(receipt.File);
        await GrantAsync(receipt.File, grant);
        using (var used = await PutAsync(_owner, receipt.File, new(CommandId.New(), [grant])))
        {
            Assert.Equal(
                ShareConflictReason.NumberUsed, (await used.IsProblemAsync(ErrorCode.Conflict)).Shares?.Reason);
        }

        using (var again = await PutAsync(_owner, receipt.File, new(CommandId.New(), [await SignAsync(receipt.File)])))
        {
            var conflict = (await again.IsProblemAsync(ErrorCode.Conflict)).Shares;
            Assert.Equal(ShareConflictReason.AlreadyGranted, conflict?.Reason);
            Assert.Equal([_friend.Account], conflict?.Recipients);
            Assert.Equal(2, conflict?.Target.NextNumber);
        }

        var forged = grant with { Header = RandomNumberGenerator.GetBytes(1_627) };
        using (var tampered = await PutAsync(_owner, receipt.File, new(CommandId.New(), [forged])))
        {
            await tampered.IsProblemAsync(ErrorCode.InvalidRequest);
        }

        using var ended = await PutAsync(_owner, receipt.File, new(
            CommandId.New(), [await SignAsync(receipt.File, change: g => g with { ExpiresAt = DateTimeOffset.UnixEpoch })]));
        await ended.IsProblemAsync(ErrorCode.InvalidRequest);
    }

    [Theory]
    [InlineData("PUT", "/v1/files/{0}/shares", "{}")]
    [InlineData("PUT", "/v1/files/{0}/shares", "{\"command\":\"00000000000000000000000000000001\",\"grants\":[null]}")]
    [InlineData("PUT", "/v1/files/{0}/shares", "{\"command\":\"00000000000000000000000000000001\",\"grants\":[]}")]
    [InlineData("PUT", "/v1/files/x/shares", "{\"command\":\"00000000000000000000000000000001\",\"grants\":[]}")]
    [InlineData("DELETE", "/v1/files/{0}/shares/x", null)]
    [InlineData("GET", "/v1/shares/given?limit=101", null)]
    [InlineData("GET", "/v1/shares/given?after=x", null)]
    [InlineData("GET", "/v1/shares/received?limit=0", null)]
    [InlineData("GET", "/v1/shares/received?after=", null)]
    [InlineData("POST", "/v1/profiles/find", "{}")]
    [InlineData("POST", "/v1/profiles/find", "{\"email\":\"nobody\"}")]
    [InlineData("PUT", "/v1/contacts", "{\"version\":1}")]
    [InlineData("PUT", "/v1/contacts", "{\"version\":0,\"sealed\":\"AQ==\"}")]
    public async Task AnyRequest_Malformed_IsInvalid(string method, string path, string? json)
    {
        var receipt = await new TestSend(_owner).SendAsync();
        using var request = new HttpRequestMessage(
            new HttpMethod(method), string.Format(System.Globalization.CultureInfo.InvariantCulture, path, receipt.File))
        {
            Content = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json"),
        };
        using var response = await _owner.SendAsync(request);
        await response.IsProblemAsync(ErrorCode.InvalidRequest);
    }

    [Fact]
    public async Task FindProfile_NobodysAddress_IsNotFound()
    {
        using var response = await _owner.Http.PostAsJsonAsync(
            Routes.FindProfile, new FindProfileRequest("nobody@example.org"), ProtocolJson.Default.FindProfileRequest);
        await response.IsProblemAsync(ErrorCode.NotFound);
    }

    [Fact]
    public async Task Commit_SharedFile_NeedsGrantsForAllAndCanRekey()
    {
        var first = new TestSend(_owner);
        var receipt = await first.SendAsync();
        await GrantAsync(receipt.File, await SignAsync(receipt.File));
        var second = new TestSend(_owner, Length, first.Reserve.NameTag);
        var target = await second.MustReserveAsync();
        Assert.True(target.IsShared);
        await second.MustPutAsync();
        var commit = second.Commit(target);
        GrantTarget next;
        using (var refused = await second.CommitAsync(commit))
        {
            var conflict = (await refused.IsProblemAsync(ErrorCode.Conflict)).Shares;
            Assert.Equal(ShareConflictReason.RecipientsLeftOut, conflict?.Reason);
            Assert.Equal([_friend.Account], conflict?.Recipients);
            next = conflict!.Target; // asserted above
        }

        var grant = Sign(_friend, receipt.File, next);
        using (var committed = await second.CommitAsync(commit with { Shares = new([grant], [], RemoveOlder: true) }))
        {
            Assert.Equal(2, (await committed.ReadAsync(ProtocolJson.Default.Receipt)).Version);
        }

        var version = await _friend.GetAsync(Routes.FileVersion(receipt.File, 2), ProtocolJson.Default.FileVersionReply);
        Assert.Equal(grant.Header, version.Header);
        using var payload = await _friend.Http.GetAsync(Routes.FilePayload(receipt.File, 2));
        Assert.Equal(second.Payload, await payload.Content.ReadAsByteArrayAsync());
        foreach (var person in new[] { _owner, _friend })
        {
            using var old = await person.Http.GetAsync(Routes.FilePayload(receipt.File, 1));
            await old.IsProblemAsync(ErrorCode.NotFound);
        }
    }

    [Fact]
    public async Task Batch_SharedName_IsRefusedWithoutAndStoredWithGrants()
    {
        var first = new TestSend(_owner);
        var receipt = await first.SendAsync();
        await GrantAsync(receipt.File, await SignAsync(receipt.File));
        var second = new TestSend(_owner, nameTag: first.Reserve.NameTag);
        var commit = second.Commit(new SendTarget(receipt.File, 2, receipt.ManifestHash));
        var refused = await BatchAsync(second, commit);
        Assert.Equal(ShareConflictReason.RecipientsLeftOut, refused.Problem?.Shares?.Reason);

        var grant = Sign(_friend, receipt.File, new GrantTarget(2, commit.Manifest.Hash(), 2));
        var stored = await BatchAsync(second, commit with { Shares = new([grant], []) });
        Assert.Equal(2, stored.Receipt?.Version);
        var version = await _friend.GetAsync(Routes.FileVersion(receipt.File, 0), ProtocolJson.Default.FileVersionReply);
        Assert.Equal(grant.Header, version.Header);
    }

    [Fact]
    public async Task Contacts_StoredAndRead_AreTheSameAndOnlyTheNextVersionIsTaken()
    {
        Assert.Equal(0, (await _owner.GetAsync(Routes.Contacts, ProtocolJson.Default.ContactsReply)).Version);
        var contacts = RandomNumberGenerator.GetBytes(PutContactsRequest.MaxLength);
        var stored = await _owner.PutAsync(
            Routes.Contacts, new PutContactsRequest(1, contacts),
            ProtocolJson.Default.PutContactsRequest, ProtocolJson.Default.ContactsReply);
        Assert.Equal(new ContactsReply(1, null), stored);
        var read = await _owner.GetAsync(Routes.Contacts, ProtocolJson.Default.ContactsReply);
        Assert.Equal(
            new ContactsReply(1, null),
            await _owner.GetAsync($"{Routes.Contacts}?{Routes.KnownQuery}=1", ProtocolJson.Default.ContactsReply));
        Assert.NotNull((await _owner.GetAsync(
            $"{Routes.Contacts}?{Routes.KnownQuery}=0", ProtocolJson.Default.ContactsReply)).Sealed);
        Assert.Equal(1, read.Version);
        Assert.Equal(contacts, read.Sealed);

        using var late = await _owner.Http.PutAsJsonAsync(
            Routes.Contacts, new PutContactsRequest(1, [1]), ProtocolJson.Default.PutContactsRequest);
        await late.IsProblemAsync(ErrorCode.Conflict);
        using var tooLong = await _owner.Http.PutAsJsonAsync(
            Routes.Contacts, new PutContactsRequest(2, new byte[PutContactsRequest.MaxLength + 1]),
            ProtocolJson.Default.PutContactsRequest);
        await tooLong.IsProblemAsync(ErrorCode.InvalidRequest);
    }

    private static async Task<(HttpStatusCode, string)> AnswerAsync(TestPerson person, HttpRequestMessage request)
    {
        using (request)
        {
            using var response = await person.SendAsync(request);
            var problem = await response.IsProblemAsync(ErrorCode.NotFound);
            return (response.StatusCode, problem.ToString());
        }
    }

    private static async Task<HttpResponseMessage> RangeAsync(TestPerson person, FileId file, long from, long to)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Routes.FilePayload(file, 1));
        request.Headers.Range = new RangeHeaderValue(from, to);
        return await person.SendAsync(request);
    }

    private static Task<HttpResponseMessage> PutAsync(TestPerson person, FileId file, GrantSharesRequest request) =>
        person.Http.PutAsJsonAsync(Routes.FileShares(file), request, ProtocolJson.Default.GrantSharesRequest);

    private static IEnumerable<Func<FileId, HttpRequestMessage>> OwnersRequests(ShareGrant grant)
    {
        yield return file => new(HttpMethod.Get, Routes.FileShares(file));
        yield return file => new(HttpMethod.Delete, Routes.FileShare(file, AccountId.New()));
        yield return file => new(HttpMethod.Put, Routes.FileShares(file))
        {
            Content = JsonContent.Create(
                new GrantSharesRequest(CommandId.New(), [grant]), ProtocolJson.Default.GrantSharesRequest),
        };
    }

    private async Task<SendBatchItemReply> BatchAsync(TestSend send, CommitSendRequest commit)
    {
        using var content = new ByteArrayContent(send.Frame(commit));
        content.Headers.ContentType = new MediaTypeHeaderValue(SendBatch.MediaType);
        using var response = await _owner.Http.PostAsync(Routes.SendBatch, content);
        return Assert.Single((await response.ReadAsync(ProtocolJson.Default.SendBatchReply)).Items);
    }

    private Task<FileSharesReply> SharesAsync(FileId file) =>
        _owner.GetAsync(Routes.FileShares(file), ProtocolJson.Default.FileSharesReply);

    private async Task<ShareGrant> SignAsync(FileId file, Func<Grant, Grant>? change = null) =>
        Sign(_friend, file, (await SharesAsync(file)).Target, change);

    private ShareGrant Sign(TestPerson recipient, FileId file, GrantTarget target, Func<Grant, Grant>? change = null)
    {
        var header = RandomNumberGenerator.GetBytes(1_627);
        var grant = new Grant(
            _owner.Account, file, target.Version, target.Manifest, recipient.Account, recipient.Profile().Hash(),
            SHA256.HashData(header), null, target.NextNumber);
        return new ShareGrant(SignedGrant.Sign(change?.Invoke(grant) ?? grant, _owner.SigningSeed), header);
    }

    private Task<GrantSharesReply> GrantAsync(FileId file, ShareGrant grant) => _owner.PutAsync(
        Routes.FileShares(file), new GrantSharesRequest(CommandId.New(), [grant]),
        ProtocolJson.Default.GrantSharesRequest, ProtocolJson.Default.GrantSharesReply);
}

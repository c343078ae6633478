using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Vault.Protocol;

namespace Vault.Gateway.Tests.Server;

public sealed class FileTests(VaultFixture fixture) : IClassFixture<VaultFixture>
{
    private const int Length = 200_000;

    [Fact]
    public async Task GetVersion_OwnFile_HasEverythingButThePayload()
    {
        using var person = await TestPerson.SignUpAsync(fixture.Vault);
        var send = new TestSend(person, Length);
        var receipt = await send.SendAsync();

        var newest = await person.GetAsync(Routes.FileVersion(receipt.File, 0), ProtocolJson.Default.FileVersionReply);

        Assert.Equal((person.Account, receipt.File, 1), (newest.Owner, newest.File, newest.Version));
        Assert.Equal(send.Header, newest.Header);
        Assert.Equal(send.PartHashes, newest.PartHashes);
        Assert.Equal(send.OwnerMetadata, newest.OwnerMetadata);
        Assert.Equal(send.Metadata, newest.Metadata);
        Assert.Equal(receipt.ManifestHash, newest.Manifest.Hash());
    }

    [Fact]
    public async Task GetPayload_Whole_IsWhatWasSent()
    {
        using var person = await TestPerson.SignUpAsync(fixture.Vault);
        var send = new TestSend(person, Length);
        var receipt = await send.SendAsync();

        using var response = await person.Http.GetAsync(Routes.FilePayload(receipt.File, 1));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("bytes", response.Headers.AcceptRanges.Single());
        Assert.Equal(send.Payload, await response.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData(0L, 0L, 0, 1)]
    [InlineData(1_000L, 1_999L, 1_000, 1_000)]
    [InlineData(199_999L, 199_999L, 199_999, 1)]
    [InlineData(199_000L, 900_000L, 199_000, 1_000)]
    [InlineData(150_000L, null, 150_000, 50_000)]
    [InlineData(null, 10L, 199_990, 10)]
    [InlineData(null, 900_000L, 0, Length)]
    public async Task GetPayload_Range_IsThatPart(long? first, long? last, int offset, int count)
    {
        using var person = await TestPerson.SignUpAsync(fixture.Vault);
        var send = new TestSend(person, Length);
        var receipt = await send.SendAsync();

        using var response = await GetRangeAsync(person, receipt.File, new RangeHeaderValue(first, last).ToString());

        Assert.Equal(HttpStatusCode.PartialContent, response.StatusCode);
        Assert.Equal(new ContentRangeHeaderValue(offset, offset + count - 1, Length), response.Content.Headers.ContentRange);
        Assert.Equal(send.Payload[offset..(offset + count)], await response.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("bytes=200000-")]
    [InlineData("bytes=200000-200001")]
    [InlineData("bytes=-0")]
    public async Task GetPayload_RangeBehindTheEnd_IsNotSatisfiable(string range)
    {
        using var person = await TestPerson.SignUpAsync(fixture.Vault);
        var receipt = await new TestSend(person, Length).SendAsync();

        using var response = await GetRangeAsync(person, receipt.File, range);

        await response.IsProblemAsync(ErrorCode.InvalidRequest, status: 416);
        Assert.Equal(new ContentRangeHeaderValue(Length), response.Content.Headers.ContentRange);
    }

    [Theory]
    [InlineData("bytes=0-1,4-5")]
    [InlineData("parts=0-1")]
    [InlineData("bytes=5-1")]
    [InlineData("bytes")]
    [InlineData("bytes=-")]
    public async Task GetPayload_RangeOfAnotherForm_IsInvalid(string range)
    {
        using var person = await TestPerson.SignUpAsync(fixture.Vault);
        var receipt = await new TestSend(person, Length).SendAsync();

        using var response = await GetRangeAsync(person, receipt.File, range);

        await response.IsProblemAsync(ErrorCode.InvalidRequest);
    }

    [Fact]
    public async Task GetVersion_SomebodyElsesFile_AnswersAsIfThereWereNone()
    {
        using var owner = await TestPerson.SignUpAsync(fixture.Vault);
        using var other = await TestPerson.SignUpAsync(fixture.Vault);
        var receipt = await new TestSend(owner).SendAsync();

        var theirs = await ProblemAsync(other, Routes.FileVersion(receipt.File, 1));
        var nobodys = await ProblemAsync(other, Routes.FileVersion(FileId.New(), 1));
        await ProblemAsync(other, Routes.FilePayload(receipt.File, 1));

        Assert.Equal(nobodys, theirs);
    }

    [Fact]
    public async Task Remove_SomebodyElsesFile_LeavesIt()
    {
        using var owner = await TestPerson.SignUpAsync(fixture.Vault);
        using var other = await TestPerson.SignUpAsync(fixture.Vault);
        var send = new TestSend(owner);
        var receipt = await send.SendAsync();

        using var removed = await other.Http.DeleteAsync(Routes.File(receipt.File));
        var payload = await owner.Http.GetByteArrayAsync(Routes.FilePayload(receipt.File, 1));

        Assert.Equal(send.Payload, payload);
    }

    [Fact]
    public async Task Remove_OwnFile_TakesItAway()
    {
        using var person = await TestPerson.SignUpAsync(fixture.Vault);
        var receipt = await new TestSend(person).SendAsync();

        using var removed = await person.Http.DeleteAsync(Routes.File(receipt.File));
        using var again = await person.Http.DeleteAsync(Routes.File(receipt.File));
        var list = await person.GetAsync(Routes.Files, ProtocolJson.Default.FileListPage);

        Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, again.StatusCode);
        Assert.Empty(list.Files);
        await ProblemAsync(person, Routes.FilePayload(receipt.File, 1));
    }

    [Fact]
    public async Task List_InPages_HasEveryFileOnce()
    {
        using var person = await TestPerson.SignUpAsync(fixture.Vault);
        var sent = new List<FileId>();
        for (var number = 0; number < 5; number++)
        {
            sent.Add((await new TestSend(person).SendAsync()).File);
        }

        var listed = new List<FileId>();
        for (var path = $"{Routes.Files}?limit=2"; path is not null;)
        {
            var page = await person.GetAsync(path, ProtocolJson.Default.FileListPage);
            Assert.InRange(page.Files.Count, 1, 2);
            listed.AddRange(page.Files.Select(file => file.File));
            path = page.Next is { } next ? $"{Routes.Files}?limit=2&after={next}" : null;
        }

        Assert.Equal(sent.OrderBy(file => file.ToString(), StringComparer.Ordinal), listed);
    }

    [Fact]
    public async Task Find_ByNameTag_GivesTheOneFile()
    {
        using var person = await TestPerson.SignUpAsync(fixture.Vault);
        var tag = RandomNumberGenerator.GetBytes(32);
        var receipt = await new TestSend(person, nameTag: tag).SendAsync();
        await new TestSend(person).SendAsync();

        var found = await person.GetAsync(
            $"{Routes.Files}?nameTag={Convert.ToHexStringLower(tag)}", ProtocolJson.Default.FileListPage);
        var none = await person.GetAsync(
            $"{Routes.Files}?nameTag={new string('0', 64)}", ProtocolJson.Default.FileListPage);

        Assert.Equal(receipt.File, Assert.Single(found.Files).File);
        Assert.Empty(none.Files);
    }

    [Fact]
    public async Task GetPayload_ContentLost_SaysThatStorageFailed()
    {
        using var person = await TestPerson.SignUpAsync(fixture.Vault);
        var send = new TestSend(person);
        var receipt = await send.SendAsync();
        File.Delete(ContentFile(send));

        var problem = await ProblemAsync(
            person, Routes.FilePayload(receipt.File, 1), ErrorCode.StorageUnavailable);

        Assert.DoesNotContain(fixture.Vault.DataFolder, problem.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GetPayload_ContentCutShort_NeverLooksWhole()
    {
        using var person = await TestPerson.SignUpAsync(fixture.Vault);
        var send = new TestSend(person, Length);
        var receipt = await send.SendAsync();
        await using (var file = File.OpenWrite(ContentFile(send)))
        {
            file.SetLength(1_000);
        }

        await Assert.ThrowsAnyAsync<Exception>(
            () => person.Http.GetByteArrayAsync(Routes.FilePayload(receipt.File, 1)));
    }

    private string ContentFile(TestSend send) => Directory
        .GetFiles(Path.Combine(fixture.Vault.DataFolder, "content", "blobs"), $"{send.Reserve.Upload}*", SearchOption.AllDirectories)
        .Single();

    private static async Task<HttpResponseMessage> GetRangeAsync(TestPerson person, FileId file, string range)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Routes.FilePayload(file, 1));
        Assert.True(request.Headers.TryAddWithoutValidation("Range", range));
        return await person.SendAsync(request);
    }

    private static async Task<Problem> ProblemAsync(TestPerson person, string path, ErrorCode code = ErrorCode.NotFound)
    {
        using var response = await person.Http.GetAsync(path);
        return await response.IsProblemAsync(code);
    }
}

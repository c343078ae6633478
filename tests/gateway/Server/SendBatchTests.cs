using System.Net.Http.Headers;
using System.Security.Cryptography;
using Vault.Protocol;

namespace Vault.Gateway.Tests.Server;

public class SendBatchTests(VaultFixture fixture) : IClassFixture<VaultFixture>
{
    [Fact]
    public async Task Batch_NewNames_StoresEveryFile()
    {
        using var person = await TestPerson.SignUpAsync(fixture.Vault);
        var sends = Enumerable.Range(0, 20).Select(number => new TestSend(person, 100 + number)).ToArray();

        var reply = await PostAsync(person, [.. sends.Select(send => send.Frame())]);

        Assert.Equal(sends.Select(send => send.Reserve.Upload), reply.Items.Select(item => item.Upload));
        Assert.All(reply.Items, item => Assert.NotNull(item.Receipt));
        foreach (var send in sends)
        {
            Assert.Equal(send.Payload, await person.Http.GetByteArrayAsync(Routes.FilePayload(send.Reserve.File, 1)));
        }
    }

    [Fact]
    public async Task Batch_SentAgain_GivesTheSameReceipts()
    {
        using var person = await TestPerson.SignUpAsync(fixture.Vault);
        var frames = Enumerable.Range(0, 3).Select(_ => new TestSend(person).Frame()).ToArray();

        var first = await PostAsync(person, frames);
        var second = await PostAsync(person, frames);

        Assert.Equal(first.Items.Select(item => item.Receipt?.LineHash), second.Items.Select(item => item.Receipt?.LineHash));
        Assert.All(second.Items, item => Assert.NotNull(item.Receipt));
    }

    [Fact]
    public async Task Batch_NameTaken_IsAConflictWhoseCommitCanBeSentAlone()
    {
        using var person = await TestPerson.SignUpAsync(fixture.Vault);
        var tag = RandomNumberGenerator.GetBytes(32);
        var old = await new TestSend(person, nameTag: tag).SendAsync();
        var (taken, fresh) = (new TestSend(person, nameTag: tag), new TestSend(person));

        var reply = await PostAsync(person, taken.Frame(), fresh.Frame());
        var problem = reply.Items[0].Problem;
        Assert.NotNull(problem?.Target);
        using var response = await taken.CommitAsync(taken.Commit(problem.Target));
        var receipt = await response.ReadAsync(ProtocolJson.Default.Receipt);

        Assert.Equal(ErrorCode.Conflict, problem.Code);
        Assert.Equal((old.File, 2), (receipt.File, receipt.Version));
        Assert.NotNull(reply.Items[1].Receipt);
        Assert.Equal(taken.Payload, await person.Http.GetByteArrayAsync(Routes.FilePayload(old.File, 2)));
    }

    [Fact]
    public async Task Batch_OneForged_StoresTheOthers()
    {
        using var person = await TestPerson.SignUpAsync(fixture.Vault);
        var (forged, honest) = (new TestSend(person), new TestSend(person));
        var commit = forged.Commit(new SendTarget(forged.Reserve.File, 1, null));

        var reply = await PostAsync(
            person,
            forged.Frame(commit with { Manifest = commit.Manifest with { Signature = new byte[64] } }),
            honest.Frame());

        Assert.NotNull(reply.Items[0].Problem);
        Assert.NotNull(reply.Items[1].Receipt);
    }

    public static TheoryData<string> Damages =>
        ["empty", "cut in the length", "cut in the description", "cut in the content", "long description", "no description",
         "other hash", "other header length", "other upload", "two parts"];

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task Batch_Damaged_IsInvalidAndStoresNothing(string damage)
    {
        using var person = await TestPerson.SignUpAsync(fixture.Vault);
        var send = new TestSend(person);
        var good = new TestSend(person).Frame();

        using var response = await TryPostAsync(person, Damage(damage, person, send, good));
        await response.IsProblemAsync(ErrorCode.InvalidRequest);

        Assert.Empty((await person.GetAsync(Routes.Files, ProtocolJson.Default.FileListPage)).Files);
    }

    [Fact]
    public async Task Batch_TooManyItems_IsInvalid()
    {
        using var person = await TestPerson.SignUpAsync(fixture.Vault);
        var frame = new TestSend(person).Frame();

        using var response = await TryPostAsync(person, [.. Enumerable.Repeat(frame, SendBatch.MaxItems + 1)]);

        await response.IsProblemAsync(ErrorCode.InvalidRequest);
    }

    [Fact]
    public async Task Batch_TooLong_IsInvalid()
    {
        using var person = await TestPerson.SignUpAsync(fixture.Vault);

        using var response = await person.Http.PostAsync(Routes.SendBatch, new ByteArrayContent(new byte[40 * 1024 * 1024]));

        await response.IsProblemAsync(ErrorCode.InvalidRequest);
    }

    private static byte[][] Damage(string damage, TestPerson person, TestSend send, byte[] good)
    {
        var commit = send.Commit(new SendTarget(send.Reserve.File, 1, null));
        var frame = send.Frame();
        var prefix = new byte[4];
        return damage switch
        {
            "empty" => [],
            "cut in the length" => [good, frame[..3]],
            "cut in the description" => [good, frame[..100]],
            "cut in the content" => [good, frame[..^1]],
            "long description" => [good, [0xff, 0xff, 0xff, 0xff]],
            "no description" => [good, prefix],
            "other hash" => [good, send.Frame(commit with { PartHashes = new byte[32] })],
            "other header length" => [good, send.Frame(commit with { Header = [1, 2, 3] })],
            "other upload" => [good, send.Frame(commit with { Upload = UploadId.New() })],
            "two parts" => [good, new TestSend(person, 2 * PartLayout.SealedChunkLength).Frame()],
            _ => throw new ArgumentOutOfRangeException(nameof(damage)),
        };
    }

    private static Task<HttpResponseMessage> TryPostAsync(TestPerson person, params byte[][] frames)
    {
        var content = new ByteArrayContent([.. frames.SelectMany(frame => frame)]);
        content.Headers.ContentType = new MediaTypeHeaderValue(SendBatch.MediaType);
        return person.Http.PostAsync(Routes.SendBatch, content);
    }

    private static async Task<SendBatchReply> PostAsync(TestPerson person, params byte[][] frames)
    {
        using var response = await TryPostAsync(person, frames);
        return await response.ReadAsync(ProtocolJson.Default.SendBatchReply);
    }
}

using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using Vault.Protocol;

namespace Vault.Gateway.Tests.Server;

public class SendTests(VaultFixture fixture) : IClassFixture<VaultFixture>
{
    private const int ThreeParts = (3 * PartLayout.SealedChunkLength) + PartLayout.NonceLength;

    [Fact]
    public async Task Commit_AllPartsThere_GivesAReceiptOfWhatWasSent()
    {
        using var person = await TestPerson.SignUpAsync(fixture.Vault);
        var send = new TestSend(person, ThreeParts);
        var target = await send.MustReserveAsync();
        await send.MustPutAsync();
        var commit = send.Commit(target);

        using var response = await send.CommitAsync(commit);
        var receipt = await response.ReadAsync(ProtocolJson.Default.Receipt);

        Assert.Equal((send.Reserve.File, 1), (receipt.File, receipt.Version));
        Assert.Equal(commit.Manifest.Hash(), receipt.ManifestHash);
        Assert.Equal(PartLayout.HashOfList(send.PartHashes), receipt.PartList);
    }

    [Fact]
    public async Task Commit_Again_GivesTheSameReceipt()
    {
        using var person = await TestPerson.SignUpAsync(fixture.Vault);
        var send = new TestSend(person, ThreeParts);
        var target = await send.MustReserveAsync();
        await send.MustPutAsync();
        using var first = await send.CommitAsync(send.Commit(target));
        using var second = await send.CommitAsync(send.Commit(target));

        var receipt = await first.ReadAsync(ProtocolJson.Default.Receipt);
        var again = await second.ReadAsync(ProtocolJson.Default.Receipt);

        Assert.Equal((receipt.File, receipt.Version, receipt.LineHash), (again.File, again.Version, again.LineHash));
    }

    [Fact]
    public async Task Commit_PartsInAnyOrderAndTwice_Succeeds()
    {
        using var person = await TestPerson.SignUpAsync(fixture.Vault);
        var send = new TestSend(person, ThreeParts + 20);
        var target = await send.MustReserveAsync();
        foreach (var index in (int[])[3, 0, 2, 0, 1, 3])
        {
            using var put = await send.PutPartAsync(index);
            Assert.Equal(HttpStatusCode.NoContent, put.StatusCode);
        }

        using var response = await send.CommitAsync(send.Commit(target));

        await response.ReadAsync(ProtocolJson.Default.Receipt);
    }

    [Fact]
    public async Task Commit_PartMissing_IsInvalidAndCanBeMended()
    {
        using var person = await TestPerson.SignUpAsync(fixture.Vault);
        var send = new TestSend(person, ThreeParts);
        var target = await send.MustReserveAsync();
        using var first = await send.PutPartAsync(0);
        using var second = await send.PutPartAsync(2);

        using (var refused = await send.CommitAsync(send.Commit(target)))
        {
            await refused.IsProblemAsync(ErrorCode.InvalidRequest);
        }

        using var last = await send.PutPartAsync(1);
        using var response = await send.CommitAsync(send.Commit(target));
        await response.ReadAsync(ProtocolJson.Default.Receipt);
    }

    [Fact]
    public async Task Commit_OfAnotherUpload_IsInvalid()
    {
        using var person = await TestPerson.SignUpAsync(fixture.Vault);
        var (send, other) = (new TestSend(person), new TestSend(person));
        var target = await other.MustReserveAsync();
        await send.MustReserveAsync();

        using var response = await send.CommitAsync(other.Commit(target));

        await response.IsProblemAsync(ErrorCode.InvalidRequest);
    }

    [Fact]
    public async Task Commit_PartListTooShort_IsInvalid()
    {
        using var person = await TestPerson.SignUpAsync(fixture.Vault);
        var send = new TestSend(person, ThreeParts);
        var target = await send.MustReserveAsync();
        await send.MustPutAsync();

        using var response = await send.CommitAsync(send.Commit(target, send.PartHashes[..64]));

        await response.IsProblemAsync(ErrorCode.InvalidRequest);
    }

    [Fact]
    public async Task Commit_SignedByAnotherKey_IsRefusedAndStoresNothing()
    {
        using var person = await TestPerson.SignUpAsync(fixture.Vault);
        var send = new TestSend(person);
        var target = await send.MustReserveAsync();
        await send.MustPutAsync();
        var commit = send.Commit(target);
        var forged = commit with { Manifest = commit.Manifest with { Signature = RandomNumberGenerator.GetBytes(64) } };

        using var response = await send.CommitAsync(forged);
        var list = await person.GetAsync(Routes.Files, ProtocolJson.Default.FileListPage);

        Assert.False(response.IsSuccessStatusCode);
        Assert.Empty(list.Files);
    }

    [Fact]
    public async Task PutPart_OtherBytesThanTheHashSays_IsInvalid()
    {
        using var person = await TestPerson.SignUpAsync(fixture.Vault);
        var send = new TestSend(person);
        await send.MustReserveAsync();

        using var response = await send.PutPartAsync(0, send.Part(0), hash: new string('0', 64));

        await response.IsProblemAsync(ErrorCode.InvalidRequest);
    }

    [Theory]
    [InlineData(-1, true)]
    [InlineData(-1, false)]
    [InlineData(1, true)]
    [InlineData(1, false)]
    public async Task PutPart_OfAnotherLength_IsInvalid(int difference, bool lengthIsSaid)
    {
        using var person = await TestPerson.SignUpAsync(fixture.Vault);
        var send = new TestSend(person);
        await send.MustReserveAsync();
        var bytes = new byte[send.Payload.Length + difference];
        var content = new ByteArrayContent(bytes);

        using var response = await send.PutPartAsync(
            0, bytes, content: lengthIsSaid ? content : new MalformedRequestTests.UnknownLength(content));

        await response.IsProblemAsync(ErrorCode.InvalidRequest);
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("zz00000000000000000000000000000000000000000000000000000000000000")]
    public async Task PutPart_WithoutAHash_IsInvalid(string hash)
    {
        using var person = await TestPerson.SignUpAsync(fixture.Vault);
        var send = new TestSend(person);
        await send.MustReserveAsync();

        using var response = await send.PutPartAsync(0, send.Part(0), hash);

        await response.IsProblemAsync(ErrorCode.InvalidRequest);
    }

    [Fact]
    public async Task PutPart_BehindTheLast_IsInvalid()
    {
        using var person = await TestPerson.SignUpAsync(fixture.Vault);
        var send = new TestSend(person);
        await send.MustReserveAsync();

        using var response = await send.PutPartAsync(1, send.Part(0));

        await response.IsProblemAsync(ErrorCode.InvalidRequest);
    }

    [Fact]
    public async Task PutPart_NeverReserved_IsNotFound()
    {
        using var person = await TestPerson.SignUpAsync(fixture.Vault);

        using var response = await new TestSend(person).PutPartAsync(0);

        await response.IsProblemAsync(ErrorCode.NotFound);
    }

    [Fact]
    public async Task PutPart_ToSomebodyElsesUpload_IsNotFound()
    {
        using var owner = await TestPerson.SignUpAsync(fixture.Vault);
        using var other = await TestPerson.SignUpAsync(fixture.Vault);
        var send = new TestSend(owner);
        await send.MustReserveAsync();

        using var response = await new TestSend(other) { Reserve = send.Reserve }.PutPartAsync(0);

        await response.IsProblemAsync(ErrorCode.NotFound);
    }

    [Fact]
    public async Task Release_Reserved_FreesTheQuotaAndTakesNoMoreParts()
    {
        using var person = await TestPerson.SignUpAsync(fixture.Vault);
        var send = new TestSend(person);
        await send.MustReserveAsync();
        await send.MustPutAsync();

        using var released = await person.Http.DeleteAsync(Routes.Send(send.Reserve.Upload));
        using var again = await person.Http.DeleteAsync(Routes.Send(send.Reserve.Upload));
        using var part = await send.PutPartAsync(0);
        var session = await person.GetAsync(Routes.Session, ProtocolJson.Default.SessionReply);

        Assert.Equal(HttpStatusCode.NoContent, released.StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, again.StatusCode);
        await part.IsProblemAsync(ErrorCode.NotFound);
        Assert.Equal(0, session.UsedBytes);
    }

    [Fact]
    public async Task Release_AfterTheCommit_LeavesTheFile()
    {
        using var person = await TestPerson.SignUpAsync(fixture.Vault);
        var send = new TestSend(person);
        await send.SendAsync();

        using var released = await person.Http.DeleteAsync(Routes.Send(send.Reserve.Upload));
        var payload = await person.Http.GetByteArrayAsync(Routes.FilePayload(send.Reserve.File, 1));

        Assert.Equal(send.Payload, payload);
    }

    [Fact]
    public async Task Reserve_LengthsThatDoNotFit_IsInvalid()
    {
        using var person = await TestPerson.SignUpAsync(fixture.Vault);
        var reserve = new TestSend(person).Reserve;

        foreach (var wrong in (ReserveSendRequest[])[
            reserve with { PayloadLength = 0 }, reserve with { PayloadLength = -1 }, reserve with { PartSize = 1 },
            reserve with { HeaderLength = 0 }, reserve with { HeaderLength = ReserveSendRequest.MaxHeaderLength + 1 },
            reserve with { NameTag = [1, 2, 3] }, reserve with { PayloadLength = long.MaxValue },
            reserve with { PartSize = PartLayout.MaxPartSize + PartLayout.SealedChunkLength }])
        {
            using var response = await person.Http.PostAsJsonAsync(
                Routes.Sends, wrong, ProtocolJson.Default.ReserveSendRequest);
            await response.IsProblemAsync(ErrorCode.InvalidRequest);
        }
    }

    [Fact]
    public async Task Reserve_MoreThanTheQuota_IsRefused()
    {
        using var person = await TestPerson.SignUpAsync(fixture.Vault);
        var reserve = new TestSend(person).Reserve with
        {
            PayloadLength = 200L * 1024 * 1024 * 1024,
            PartSize = PartLayout.MaxPartSize,
        };

        using var response = await person.Http.PostAsJsonAsync(
            Routes.Sends, reserve, ProtocolJson.Default.ReserveSendRequest);

        await response.IsProblemAsync(ErrorCode.QuotaExceeded);
    }

    [Fact]
    public async Task PutPart_ConnectionLostHalfWay_CanBeSentAgain()
    {
        using var person = await TestPerson.SignUpAsync(fixture.Vault);
        var send = new TestSend(person, ThreeParts);
        var target = await send.MustReserveAsync();
        using var half = new HalfBody(send.Part(0));
        var put = send.PutPartAsync(0, send.Part(0), content: half);
        await half.Sent;

        person.Reconnect(person.Account);

        await Assert.ThrowsAnyAsync<Exception>(() => put);
        await send.MustPutAsync();
        using var response = await send.CommitAsync(send.Commit(target));
        await response.ReadAsync(ProtocolJson.Default.Receipt);
    }

    /// <summary>Sends half of a part and waits for the connection's end.</summary>
    private sealed class HalfBody(ReadOnlyMemory<byte> part) : HttpContent
    {
        private readonly TaskCompletionSource _sent = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Sent => _sent.Task;

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(
            Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            await stream.WriteAsync(part[..(part.Length / 2)], cancellationToken);
            await stream.FlushAsync(cancellationToken);
            _sent.SetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = part.Length;
            return true;
        }
    }
}

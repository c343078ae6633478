using System.Net;
using System.Text;
using Vault.Protocol;

namespace Vault.Client.Tests.LyingServer;

/// <summary>Answers that are not the protocol's: of a proxy, a broken server, or one that wants to fill this machine's memory.</summary>
public sealed class ReplyTests : IClassFixture<LyingVault>
{
    private readonly LyingVault _vault;

    public ReplyTests(LyingVault vault)
    {
        _vault = vault;
        _vault.Liar.BeHonest();
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html><body>It works!</body></html>")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("0")]
    [InlineData("\"files\"")]
    [InlineData("{\"files\":null,\"next\":null}")]
    [InlineData("{\"files\":{},\"next\":null}")]
    [InlineData("{\"files\":[null],\"next\":null}")]
    [InlineData("{\"files\":[1],\"next\":null}")]
    [InlineData("{\"files\":[{}],\"next\":null}")]
    [InlineData("{\"files\":[],\"next\":7}")]
    [InlineData("{\"files\":[],\"next\":\"../../etc/passwd\"}")]
    [InlineData("{\"files\":[],\"next\":null} trailing")]
    [InlineData("{\"files\":[],\"next\":null")]
    [InlineData("{\"files\":[")]
    [InlineData("\u0000\u0001\u0002")]
    public async Task List_AnswerThatIsNoPage_IsRefused(string body)
    {
        _vault.Liar.AlterBytes(Routes.Files, (_, _) => Encoding.UTF8.GetBytes(body));

        await _vault.AssertRefusedAsync(VaultErrorCode.IntegrityFailed, _vault.ListAsync);
    }

    [Fact]
    public async Task List_WordsThatWouldRewriteTheTerminal_LoseThat()
    {
        const string Rewrites = "\e[2J\e[1;1Ha laptop";
        _vault.Liar.Alter(Routes.Sessions, ProtocolJson.Default.SessionsReply, reply => new SessionsReply(
            [.. reply.Sessions.Select(session => session with { Device = Rewrites, Address = Rewrites })]));
        _vault.Liar.Alter(Routes.AccessKeys, ProtocolJson.Default.AccessKeysReply, _ => new AccessKeysReply(
            [new AccessKeyEntry(AccessKeyId.New(), Rewrites, AccessScope.All, DateTimeOffset.UtcNow, DateTimeOffset.UtcNow, null, Rewrites)]));

        var session = Assert.Single(await _vault.Session.ListSessionsAsync(default), session => session.IsCurrent);
        var key = Assert.Single(await _vault.Session.ListAccessKeysAsync(default));

        Assert.All([session.Device, session.Address, key.Name, key.LastAddress], words =>
        {
            Assert.Contains("a laptop", words, StringComparison.Ordinal);
            Assert.DoesNotContain(words!, char.IsControl); // it has the words
        });
    }

    [Theory]
    [InlineData("version", "\"1\"")]
    [InlineData("version", "1.5")]
    [InlineData("version", "99999999999")]
    [InlineData("storedLength", "1e400")]
    [InlineData("storedAt", "\"yesterday\"")]
    [InlineData("ownerMetadata", "\"not base64!\"")]
    [InlineData("ownerMetadata", "null")]
    [InlineData("file", "\"00000000-0000-0000-0000-000000000000\"")]
    public async Task List_MemberOfAWrongType_IsRefused(string member, string value)
    {
        _vault.Liar.AlterBytes(Routes.Files, (_, honest) =>
        {
            var page = System.Text.Json.Nodes.JsonNode.Parse(honest)!; // an honest page
            page["files"]![0]![member] = System.Text.Json.Nodes.JsonNode.Parse(value); // which has files
            return Encoding.UTF8.GetBytes(page.ToJsonString());
        });

        await _vault.AssertRefusedAsync(VaultErrorCode.IntegrityFailed, _vault.ListAsync);
    }

    [Fact]
    public async Task List_JsonNestedWithoutEnd_IsRefused()
    {
        _vault.Liar.AlterBytes(Routes.Files, (_, _) => Encoding.UTF8.GetBytes(new string('[', 1_000_000)));

        await _vault.AssertRefusedAsync(VaultErrorCode.IntegrityFailed, _vault.ListAsync);
    }

    [Fact]
    public async Task List_AnswerWithoutEnd_IsRefusedAtALimit()
    {
        var endless = new EndlessStream();
        _vault.Liar.Answer(Routes.Files, _ => new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(endless) });

        await _vault.AssertRefusedAsync(VaultErrorCode.IntegrityFailed, _vault.ListAsync);

        Assert.InRange(endless.Sent, 1, 70 * 1024 * 1024);
    }

    [Theory]
    [InlineData(HttpStatusCode.BadGateway)]
    [InlineData(HttpStatusCode.ServiceUnavailable)]
    [InlineData(HttpStatusCode.GatewayTimeout)]
    [InlineData(HttpStatusCode.Forbidden)]
    [InlineData(HttpStatusCode.ProxyAuthenticationRequired)]
    [InlineData(HttpStatusCode.NotFound)]
    [InlineData(HttpStatusCode.InternalServerError)]
    [InlineData(HttpStatusCode.Found)]
    [InlineData(HttpStatusCode.NotModified)]
    [InlineData((HttpStatusCode)599)]
    public async Task AnyRequest_StatusAndPageOfAProxy_NamesTheStatus(HttpStatusCode status)
    {
        HttpResponseMessage Proxy(HttpRequestMessage request)
        {
            var response = Replies.With(status, "<html><head><title>nginx</title></head></html>", "text/html");
            response.Headers.Location = new Uri("http://elsewhere.example/");
            return response;
        }

        foreach (var (route, action) in new (string, Func<Task>)[]
        {
            (Routes.Files, _vault.ListAsync),
            ("/payload", () => _vault.ReceiveAsync(_vault.Big)),
            ("/versions/2", () => _vault.ReceiveAsync(_vault.Note)),
            (Routes.Sends, () => _vault.SendAsync("large", new byte[2_000_000])),
            (Routes.SendBatch, () => _vault.SendAsync("small", new byte[20])),
            ("/parts/0", () => _vault.SendAsync("large", new byte[2_000_000])),
            ("/commit", () => _vault.SendAsync("large", new byte[2_000_000])),
        })
        {
            _vault.Liar.Answer(route, Proxy);
            var error = await _vault.AssertRefusedAsync(VaultErrorCode.VersionUnsupported, action);
            Assert.Contains($"{(int)status}", error.Message, StringComparison.Ordinal);
        }

        Assert.Null(await _vault.Session.FindAsync("large", default));
    }

    [Theory]
    [InlineData("{\"code\":\"nonsense\",\"detail\":\"\"}")]
    [InlineData("{\"code\":3,\"detail\":\"\"}")]
    [InlineData("{\"detail\":\"\"}")]
    [InlineData("{\"code\":\"not_found\"}")]
    [InlineData("null")]
    public async Task AnyRequest_ProblemThatIsNone_IsAnError(string body)
    {
        _vault.Liar.Answer(Routes.Files, _ => Replies.With(HttpStatusCode.BadRequest, body, Problem.MediaType));

        await _vault.AssertRefusedAsync(VaultErrorCode.VersionUnsupported, _vault.ListAsync);
    }

    [Fact]
    public async Task AnyRequest_ProblemWithControlCharactersAndNoEnd_IsShownWithoutThem()
    {
        var detail = "\u001b[2J\u001b]0;owned\u0007\r\n\u009b31m" + new string('x', 20_000);
        _vault.Liar.Answer(Routes.Files, _ => Replies.Problem(ErrorCode.NotPermitted, detail: detail));

        var error = await _vault.AssertRefusedAsync(VaultErrorCode.NotPermitted, _vault.ListAsync);

        Assert.DoesNotContain(error.Message, char.IsControl);
        Assert.InRange(error.Message.Length, 1, 2_000);
    }

    [Theory]
    [InlineData("files")]
    [InlineData("payload")]
    public async Task AnyRequest_ProblemWithoutEnd_IsRefusedAtALimit(string what)
    {
        var endless = new EndlessStream();
        _vault.Liar.Answer(
            what == "files" ? Routes.Files : "/payload",
            _ => new HttpResponseMessage(HttpStatusCode.InternalServerError) { Content = new StreamContent(endless) });

        await _vault.AssertRefusedAsync(
            VaultErrorCode.IntegrityFailed, what == "files" ? _vault.ListAsync : () => _vault.ReceiveAsync(_vault.Note));

        Assert.InRange(endless.Sent, 1, 70 * 1024 * 1024);
    }

    /// <summary>As many bytes as anybody reads.</summary>
    private sealed class EndlessStream : Stream
    {
        public long Sent { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            buffer.AsSpan(offset, count).Fill((byte)' ');
            Sent += count;
            return count;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}

using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Vault.Protocol;

namespace Vault.Gateway.Tests.Server;

public sealed class ConnectionTests(VaultFixture fixture) : IClassFixture<VaultFixture>
{
    public static TheoryData<string> Garbage => [
        "GET / HTTP/1.1\r\nHost: vault\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "SSH-2.0-OpenSSH_9.6\r\n",
        "\0\0",
        "\0 " + new string('x', 32),
    ];

    [Theory]
    [MemberData(nameof(Garbage))]
    public async Task Connection_ThatSpeaksSomethingElse_IsClosedAndHarmsNobody(string text)
    {
        var bytes = Encoding.Latin1.GetBytes(text);

        await SendUntilClosedAsync([.. bytes, .. RandomNumberGenerator.GetBytes(70_000)]);

        using var person = new TestPerson(fixture.Vault);
        await person.GetAsync(Routes.Server, ProtocolJson.Default.ServerReply);
    }

    [Fact]
    public async Task Connections_Many_AreAllServed()
    {
        var people = Enumerable.Range(0, 100).Select(_ => new TestPerson(fixture.Vault)).ToArray();
        try
        {
            await Task.WhenAll(people.Select(
                person => person.GetAsync(Routes.Server, ProtocolJson.Default.ServerReply)));
            await Task.WhenAll(people.Select(
                person => person.GetAsync(Routes.Server, ProtocolJson.Default.ServerReply)));
        }
        finally
        {
            Array.ForEach(people, person => person.Dispose());
        }
    }

    [Fact]
    public async Task Body_ThatNeverComes_IsGivenUp()
    {
        using var person = await TestPerson.SignUpAsync(fixture.Vault);
        var send = new TestSend(person);
        await send.MustReserveAsync();

        // With or without an answer, and with the connection or without: what matters is that it does not wait for ever.
        try
        {
            using var response = await send.PutPartAsync(0, send.Part(0), content: new SilentBody(send.Payload.Length));
            Assert.False(response.IsSuccessStatusCode);
        }
        catch (Exception exception) when (IsGivenUp(exception))
        {
        }

        person.Reconnect(person.Account);
        await person.GetAsync(Routes.Session, ProtocolJson.Default.SessionReply);
    }

    // A stream that the server resets cancels the body that is being sent; a client that gives up itself names its time-out.
    private static bool IsGivenUp(Exception exception) =>
        exception is HttpRequestException or TaskCanceledException { InnerException: not TimeoutException };

    private async Task SendUntilClosedAsync(byte[] bytes)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", fixture.Vault.Server.Port);
        var stream = client.GetStream();
        try
        {
            await stream.WriteAsync(bytes);
            client.Client.Shutdown(SocketShutdown.Send);
            await stream.CopyToAsync(Stream.Null);
        }
        catch (IOException)
        {
            // A reset is as good an end.
        }
    }

    private sealed class SilentBody(long length) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(
            Stream stream, System.Net.TransportContext? context, CancellationToken cancellationToken)
        {
            await stream.FlushAsync(cancellationToken);
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }

        protected override bool TryComputeLength(out long result)
        {
            result = length;
            return true;
        }
    }
}

using System.Net;
using System.Net.Http.Json;
using Vault.Protocol;

namespace Vault.Gateway.Tests.Server;

public sealed class SignInTests(VaultFixture fixture) : IClassFixture<VaultFixture>
{
    [Fact]
    public async Task GetServer_Stranger_LearnsVersionAndKeyStretching()
    {
        using var person = new TestPerson(fixture.Vault);

        var reply = await person.GetAsync(Routes.Server, ProtocolJson.Default.ServerReply);

        Assert.Equal(ServerReply.CurrentProtocol, reply.Protocol);
        Assert.Equal(new KeyStretching(64 * 1024, 3, 1), reply.KeyStretching);
    }

    [Fact]
    public async Task Login_AfterRegistration_StartsASessionOnThisConnection()
    {
        using var person = new TestPerson(fixture.Vault);
        var registered = await person.RegisterAsync();

        var login = await person.LoginAsync();
        var session = await person.GetAsync(Routes.Session, ProtocolJson.Default.SessionReply);

        Assert.Equal(registered.Account, login.Account);
        Assert.Equal(person.Ring, login.SealedKeyRing);
        Assert.Equal((person.Account, person.Email, "a laptop"), (session.Account, session.Email, session.Device));
    }

    [Fact]
    public async Task Login_Ke3OnAnotherConnection_Fails()
    {
        using var person = new TestPerson(fixture.Vault);
        using var thief = new TestPerson(fixture.Vault);
        await person.RegisterAsync();
        var finish = await person.PrepareLoginAsync();

        using var response = await thief.Http.PostAsJsonAsync(
            Routes.LoginFinish, finish, ProtocolJson.Default.LoginFinishRequest);

        await response.IsProblemAsync(ErrorCode.LoginFailed);
    }

    [Fact]
    public async Task Login_Ke3Twice_FailsTheSecondTime()
    {
        using var person = new TestPerson(fixture.Vault);
        await person.RegisterAsync();
        var finish = await person.PrepareLoginAsync();
        using var first = await person.Http.PostAsJsonAsync(
            Routes.LoginFinish, finish, ProtocolJson.Default.LoginFinishRequest);

        using var second = await person.Http.PostAsJsonAsync(
            Routes.LoginFinish, finish, ProtocolJson.Default.LoginFinishRequest);

        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        await second.IsProblemAsync(ErrorCode.LoginFailed);
    }

    [Fact]
    public async Task Register_AddressTaken_IsAConflict()
    {
        using var person = await TestPerson.SignUpAsync(fixture.Vault);

        var error = await Assert.ThrowsAnyAsync<Xunit.Sdk.XunitException>(() => person.RegisterAsync());

        Assert.Contains("\"conflict\"", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", Routes.Session)]
    [InlineData("DELETE", Routes.Session)]
    [InlineData("GET", Routes.Files)]
    [InlineData("POST", Routes.Sends)]
    [InlineData("POST", Routes.SendBatch)]
    [InlineData("GET", "/v1/files/00000000000000000000000000000001/versions/0")]
    [InlineData("GET", "/v1/files/00000000000000000000000000000001/versions/0/payload")]
    [InlineData("DELETE", "/v1/files/00000000000000000000000000000001")]
    [InlineData("PUT", "/v1/sends/00000000000000000000000000000001/parts/0")]
    [InlineData("POST", "/v1/sends/00000000000000000000000000000001/commit")]
    [InlineData("DELETE", "/v1/sends/00000000000000000000000000000001")]
    [InlineData("POST", Routes.Totp)]
    [InlineData("PUT", Routes.Totp)]
    [InlineData("POST", Routes.TotpDisable)]
    public async Task Request_WithoutASession_IsNotAuthenticated(string method, string path)
    {
        using var person = new TestPerson(fixture.Vault);

        using var response = await person.SendAsync(Request(method, path));

        await response.IsProblemAsync(ErrorCode.NotAuthenticated);
    }

    // Not here: ending a session that does not run is no error, and what a send announces is read before it is judged.
    [Theory]
    [InlineData("GET", Routes.Session)]
    [InlineData("GET", Routes.Files)]
    [InlineData("POST", Routes.SendBatch)]
    [InlineData("GET", "/v1/files/00000000000000000000000000000001/versions/0")]
    [InlineData("GET", "/v1/files/00000000000000000000000000000001/versions/0/payload")]
    [InlineData("DELETE", "/v1/files/00000000000000000000000000000001")]
    [InlineData("PUT", "/v1/sends/00000000000000000000000000000001/parts/0")]
    [InlineData("POST", "/v1/sends/00000000000000000000000000000001/commit")]
    [InlineData("DELETE", "/v1/sends/00000000000000000000000000000001")]
    public async Task Request_ClaimingASessionThatIsNone_IsNotAuthenticated(string method, string path)
    {
        using var person = new TestPerson(fixture.Vault);
        person.Reconnect(AccountId.New());

        using var response = await person.SendAsync(Request(method, path));

        await response.IsProblemAsync(ErrorCode.NotAuthenticated);
    }

    [Fact]
    public async Task Request_ClaimingSomebodyElsesAccount_IsNotAuthenticated()
    {
        using var victim = await TestPerson.SignUpAsync(fixture.Vault);
        using var person = await TestPerson.SignUpAsync(fixture.Vault);
        person.Reconnect(victim.Account);

        using var response = await person.Http.GetAsync(Routes.Files);

        await response.IsProblemAsync(ErrorCode.NotAuthenticated);
    }

    [Fact]
    public async Task Request_OnANewConnectionWithTheSameKey_GoesOn()
    {
        using var person = await TestPerson.SignUpAsync(fixture.Vault);
        person.Reconnect(person.Account);

        var session = await person.GetAsync(Routes.Session, ProtocolJson.Default.SessionReply);

        Assert.Equal(person.Account, session.Account);
    }

    [Fact]
    public async Task EndSession_Running_EndsItOnEveryConnection()
    {
        using var person = await TestPerson.SignUpAsync(fixture.Vault);

        using var ended = await person.Http.DeleteAsync(Routes.Session);
        using var here = await person.Http.GetAsync(Routes.Session);
        person.Reconnect(person.Account);
        using var elsewhere = await person.Http.GetAsync(Routes.Session);

        Assert.Equal(HttpStatusCode.NoContent, ended.StatusCode);
        await here.IsProblemAsync(ErrorCode.NotAuthenticated);
        await elsewhere.IsProblemAsync(ErrorCode.NotAuthenticated);
    }

    private static HttpRequestMessage Request(string method, string path)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = new ByteArrayContent([]) };
        request.Headers.Add(Routes.PartHashHeader, new string('0', 64));
        return request;
    }
}

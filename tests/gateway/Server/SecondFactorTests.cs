using System.Net;
using System.Net.Http.Json;
using Vault.Protocol;
using Vault.Tests.Support;

namespace Vault.Gateway.Tests.Server;

public sealed class SecondFactorTests(VaultFixture fixture) : IClassFixture<VaultFixture>
{
    [Fact]
    public async Task Login_WithSecondFactor_TakesTheCodeOnTheSameConnectionOnly()
    {
        using var person = await TestPerson.SignUpAsync(fixture.Vault);
        var (app, _) = await EnableAsync(person);
        using var device = new TestPerson(fixture.Vault, person.Email);
        using var thief = new TestPerson(fixture.Vault, person.Email);
        using var ke3 = await device.Http.PostAsJsonAsync(
            Routes.LoginFinish, await device.PrepareLoginAsync(), ProtocolJson.Default.LoginFinishRequest);
        await ke3.IsProblemAsync(ErrorCode.CodeRequired, 401);
        using var early = await device.Http.GetAsync(Routes.Session);
        await early.IsProblemAsync(ErrorCode.NotAuthenticated);

        var request = new LoginCodeRequest(person.Email, app.Show(DateTimeOffset.UtcNow, 1), "a laptop");
        using var stolen = await thief.Http.PostAsJsonAsync(Routes.LoginCode, request, ProtocolJson.Default.LoginCodeRequest);
        await stolen.IsProblemAsync(ErrorCode.LoginFailed);
        var reply = await device.PostAsync(
            Routes.LoginCode, request, ProtocolJson.Default.LoginCodeRequest, ProtocolJson.Default.LoginFinishReply);
        var session = await device.GetAsync(Routes.Session, ProtocolJson.Default.SessionReply);

        Assert.Equal((person.Account, person.Account), (reply.Account, session.Account));
        Assert.Equal(person.Ring, reply.SealedKeyRing);
    }

    [Fact]
    public async Task LoginCode_UsedOrWrong_IsCodeInvalid()
    {
        using var person = await TestPerson.SignUpAsync(fixture.Vault);
        var (_, backupCodes) = await EnableAsync(person);
        using var device = new TestPerson(fixture.Vault, person.Email);
        foreach (var (code, expected) in new (string, HttpStatusCode)[]
        {
            ("123", HttpStatusCode.BadRequest), (backupCodes[0], HttpStatusCode.OK), (backupCodes[0], HttpStatusCode.BadRequest),
        })
        {
            using var again = new TestPerson(fixture.Vault, person.Email);
            using var ke3 = await again.Http.PostAsJsonAsync(
                Routes.LoginFinish, await again.PrepareLoginAsync(), ProtocolJson.Default.LoginFinishRequest);
            using var response = await again.Http.PostAsJsonAsync(
                Routes.LoginCode, new LoginCodeRequest(person.Email, code, "x"), ProtocolJson.Default.LoginCodeRequest);

            Assert.Equal(expected, response.StatusCode);
            if (expected != HttpStatusCode.OK)
            {
                await response.IsProblemAsync(ErrorCode.CodeInvalid);
            }
        }
    }

    private static async Task<(Authenticator App, string[] BackupCodes)> EnableAsync(TestPerson person)
    {
        using var prepared = await person.Http.PostAsync(Routes.Totp, null);
        var app = new Authenticator((await prepared.ReadAsync(ProtocolJson.Default.TotpSecretReply)).Secret);
        string[] backupCodes = [.. Enumerable.Range(0, BackupCode.Count).Select(_ => BackupCode.New())];
        using var enabled = await person.Http.PutAsJsonAsync(
            Routes.Totp, new EnableTotpRequest(app.Show(DateTimeOffset.UtcNow), backupCodes), ProtocolJson.Default.EnableTotpRequest);
        Assert.Equal(HttpStatusCode.NoContent, enabled.StatusCode);
        return (app, backupCodes);
    }
}

using Vault.Protocol;

namespace Vault.Grains.Tests.Users;

public sealed class SessionTests(TestVault vault) : IClassFixture<TestVault>
{
    [Fact]
    public async Task EveryCommand_WithoutASession_IsNotAuthenticated()
    {
        var owner = await (await new TestPerson(vault).RegisterAsync()).LoginAsync();
        var send = new TestSend(owner);
        await send.SendAsync(vault);
        vault.Time.Advance(TimeSpan.FromHours(12));
        var (grain, expired) = (owner.Grain, owner.Session);

        Expect.Refused(ErrorCode.NotAuthenticated, await grain.GetSession(expired));
        Expect.Refused(ErrorCode.NotAuthenticated, await grain.ReserveSends(expired, [send.Reserve]));
        Expect.Refused(ErrorCode.NotAuthenticated, await grain.GetReservation(expired, send.Upload));
        Expect.Refused(ErrorCode.NotAuthenticated, await grain.ReleaseSend(expired, send.Upload));
        Expect.Refused(ErrorCode.NotAuthenticated, await grain.CommitSends(expired, []));
        Expect.Refused(ErrorCode.NotAuthenticated, await grain.ListFiles(expired, null, 10));
        Expect.Refused(ErrorCode.NotAuthenticated, await grain.FindFile(expired, send.Reserve.NameTag));
        Expect.Refused(ErrorCode.NotAuthenticated, await grain.RemoveFile(expired, send.Reserve.File));
        Expect.Refused(
            ErrorCode.NotAuthenticated, await vault.File(send.Reserve.File).GetVersion(owner.Caller, 0));
    }

    [Fact]
    public async Task EndSession_RunningSession_EndsItAndNoOther()
    {
        var owner = await (await new TestPerson(vault).RegisterAsync()).LoginAsync();
        var first = owner.Session;
        owner.Connect();
        await owner.LoginAsync();
        Expect.Value(await owner.Grain.EndSession(first));
        Expect.Value(await owner.Grain.EndSession(first));

        Expect.Refused(ErrorCode.NotAuthenticated, await owner.Grain.GetSession(first));
        Expect.Value(await owner.Grain.GetSession(owner.Session));
    }

    [Fact]
    public async Task GetProfile_UnknownAccount_IsNotFound() =>
        Expect.Refused(ErrorCode.NotFound, await vault.User(AccountId.New()).GetProfile());
}

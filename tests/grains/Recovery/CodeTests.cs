using Vault.Protocol;
using Vault.Tests.Server;

namespace Vault.Grains.Tests.Recovery;

/// <summary>Every way in which a code does not fit, and what is told of it: always the same.</summary>
public sealed class CodeTests(TestVault vault) : IClassFixture<TestVault>
{
    private const string NoCode = "0000-0000-0000";

    private readonly Mailbox _mail = new(vault.Pickup);

    [Fact]
    public async Task StartReset_RightCode_IsAnsweredOnce()
    {
        var person = await new TestPerson(vault).RegisterAsync();
        var code = await CodeAsync(person);
        var (start, _) = await person.StartResetAsync(code.ToLowerInvariant().Replace("-", " ", StringComparison.Ordinal));
        Assert.Equal(person.Account, Expect.Value(start).Account);
        Assert.Equal(person.Profile().Bytes, Expect.Value(start).Profile.Bytes);

        person.Connect();
        await RefusedAsync(person, code);
    }

    [Fact]
    public async Task StartReset_ExpiredCode_IsRefused()
    {
        var person = await new TestPerson(vault).RegisterAsync();
        var code = await CodeAsync(person);
        vault.Time.Advance(TimeSpan.FromMinutes(15));
        await RefusedAsync(person, code);
    }

    [Fact]
    public async Task StartReset_CodeOfAnotherAccount_IsRefusedAndStaysGood()
    {
        var (ada, bob) = (await new TestPerson(vault).RegisterAsync(), await new TestPerson(vault).RegisterAsync());
        var code = await CodeAsync(bob);
        await RefusedAsync(ada, code);
        Expect.Value((await bob.StartResetAsync(code)).Start);
    }

    [Fact]
    public async Task StartReset_SixthTry_IsRefusedThoughTheCodeIsRight()
    {
        var person = await new TestPerson(vault).RegisterAsync();
        var code = await CodeAsync(person);
        for (var attempt = 1; attempt <= 5; attempt++)
        {
            await RefusedAsync(person, NoCode);
        }

        await RefusedAsync(person, code);
    }

    [Fact]
    public async Task StartReset_FifthTry_MayStillBeTheRightOne()
    {
        var person = await new TestPerson(vault).RegisterAsync();
        var code = await CodeAsync(person);
        for (var attempt = 1; attempt <= 4; attempt++)
        {
            await RefusedAsync(person, NoCode);
        }

        Expect.Value((await person.StartResetAsync(code)).Start);
    }

    [Fact]
    public async Task StartReset_TriesBeforeARestart_StillCount()
    {
        await using var own = await TestVault.StartAsync(null);
        var person = await new TestPerson(own).RegisterAsync();
        var code = await CodeAsync(person, own);
        for (var attempt = 1; attempt <= 5; attempt++)
        {
            Expect.Refused(ErrorCode.CodeInvalid, (await person.StartResetAsync(NoCode)).Start);
        }

        await own.RestartAsync();
        Expect.Refused(ErrorCode.CodeInvalid, (await person.StartResetAsync(code)).Start);
    }

    [Fact]
    public async Task StartReset_CodeFromBeforeARestart_IsGood()
    {
        await using var own = await TestVault.StartAsync(null);
        var person = await new TestPerson(own).RegisterAsync();
        var code = await CodeAsync(person, own);
        await own.RestartAsync();
        Expect.Value((await person.StartResetAsync(code)).Start);
    }

    [Fact]
    public async Task StartReset_SecondRequest_LeavesTheFirstCodeGood()
    {
        var person = await new TestPerson(vault).RegisterAsync();
        var first = await CodeAsync(person);
        await CodeAsync(person); // somebody else's request must not take the owner's code away
        Expect.Value((await person.StartResetAsync(first)).Start);
    }

    [Fact]
    public async Task RequestRecovery_FourthInAnHour_WaitsForKnownAndUnknownAlike()
    {
        var known = await new TestPerson(vault).RegisterAsync();
        var unknown = new TestPerson(vault);
        foreach (var person in new[] { known, unknown })
        {
            for (var request = 1; request <= 3; request++)
            {
                Expect.Value(await vault.SignIn.RequestRecovery(new RecoveryRequest(person.Email)));
                vault.Time.Advance(TimeSpan.FromMinutes(1));
            }
        }

        Problem[] refused =
        [
            Expect.Refused(ErrorCode.TooManyRequests, await vault.SignIn.RequestRecovery(new RecoveryRequest(known.Email))),
            Expect.Refused(ErrorCode.TooManyRequests, await vault.SignIn.RequestRecovery(new RecoveryRequest(unknown.Email))),
        ];
        Assert.Equal(refused[0].Detail, refused[1].Detail);
        vault.Time.Advance(TimeSpan.FromHours(1));
        Expect.Value(await vault.SignIn.RequestRecovery(new RecoveryRequest(known.Email)));
    }

    [Fact]
    public async Task RequestRecovery_FourthInAnHourAfterARestart_IsAnsweredAndMailsNothing()
    {
        await using var own = await TestVault.StartAsync(null);
        var person = await new TestPerson(own).RegisterAsync();
        for (var request = 1; request <= 3; request++)
        {
            await CodeAsync(person, own);
        }

        await own.RestartAsync();
        Expect.Value(await own.SignIn.RequestRecovery(new RecoveryRequest(person.Email)));
        var other = await new TestPerson(own).RegisterAsync();
        await CodeAsync(other, own); // asked for later, and there already
        Assert.Equal(3, (await own.EventsAsync("recoveries", person.Account.ToString())).Count(type => type == "recovery.requested.v1"));
    }

    [Fact]
    public async Task RequestRecovery_UnknownAddress_LeavesNothingInTheStore()
    {
        var known = await new TestPerson(vault).RegisterAsync();
        await CodeAsync(known);
        var before = vault.StoredFiles();
        var unknown = new TestPerson(vault);
        Expect.Value(await vault.SignIn.RequestRecovery(new RecoveryRequest(unknown.Email)));
        var refused = Expect.Refused(ErrorCode.CodeInvalid, (await unknown.StartResetAsync(NoCode)).Start);
        Assert.Equal(before, vault.StoredFiles());

        // The same words as for somebody with an account and an open code.
        Assert.Equal(Expect.Refused(ErrorCode.CodeInvalid, (await known.StartResetAsync(NoCode)).Start), refused);
    }

    [Fact]
    public async Task StartReset_ManyTries_AreLimitedForKnownAndUnknownAlike()
    {
        var known = await new TestPerson(vault).RegisterAsync();
        foreach (var person in new[] { known, new TestPerson(vault) })
        {
            while ((await person.StartResetAsync(NoCode)).Start.Problem?.Code == ErrorCode.CodeInvalid)
            {
            }

            Expect.Refused(ErrorCode.TooManyRequests, (await person.StartResetAsync(NoCode)).Start);
        }
    }

    [Fact]
    public async Task StartReset_MalformedRequest_LeavesTheCodeGood()
    {
        var person = await new TestPerson(vault).RegisterAsync();
        var code = await CodeAsync(person);
        Expect.Refused(ErrorCode.InvalidRequest, await vault.SignIn.StartReset(
            new ResetStartRequest(person.Email, code, new byte[32]), person.Origin));
        Expect.Value((await person.StartResetAsync(code)).Start);
    }

    private Task<string> CodeAsync(TestPerson person) => CodeAsync(person, vault, _mail);

    private static async Task<string> CodeAsync(TestPerson person, TestVault own, Mailbox? mail = null)
    {
        mail ??= new Mailbox(own.Pickup);
        var before = mail.To(person.Email);
        Expect.Value(await own.SignIn.RequestRecovery(new RecoveryRequest(person.Email)));
        return await mail.NewCodeAsync(person.Email, before);
    }

    private static async Task RefusedAsync(TestPerson person, string code) => Assert.Equal(
        new Problem(ErrorCode.CodeInvalid, "The code is wrong, used, too old or was tried too often. Request a new one."),
        Expect.Refused(ErrorCode.CodeInvalid, (await person.StartResetAsync(code)).Start));
}

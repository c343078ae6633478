using System.Security.Cryptography;
using Vault.Cryptography;
using Vault.Grains.Interfaces;
using Vault.Protocol;

namespace Vault.Grains.Tests.SignIn;

public sealed class LoginTests(TestVault vault) : IClassFixture<TestVault>
{
    [Fact]
    public async Task FinishLogin_RightPassword_StartsASessionAndSendsTheRing()
    {
        var person = await new TestPerson(vault).RegisterAsync();
        var reply = Expect.Value(await vault.SignIn.FinishLogin(await person.PrepareLoginAsync(), person.Origin));

        Assert.Equal(person.Account, reply.Account);
        Assert.Equal(person.Ring, reply.SealedKeyRing);
        Assert.Equal(vault.Time.GetUtcNow().AddHours(12), reply.ExpiresAt);
        var session = Expect.Value(await person.Grain.GetSession(person.Session));
        Assert.Equal((person.Email, "a laptop", 0L), (session.Email, session.Device, session.UsedBytes));
    }

    [Fact]
    public async Task StartLogin_WrongPasswordOrUnknownAddress_LooksTheSameAndNeverVerifies()
    {
        var person = await new TestPerson(vault).RegisterAsync();
        var guesser = new TestPerson(vault, person.Email, "wrong");
        var nobody = new TestPerson(vault);
        foreach (var caller in new[] { guesser, nobody })
        {
            var ke2 = Expect.Value(await caller.TryStartLoginAsync()).Ke2;
            Assert.Equal(320, ke2.Length);
            var refused = Expect.Refused(ErrorCode.LoginFailed, await vault.SignIn.FinishLogin(
                new LoginFinishRequest(caller.Email, RandomNumberGenerator.GetBytes(64), "x"), caller.Origin));
            Assert.Equal(new Problem(ErrorCode.LoginFailed, "The e-mail address or the password is wrong."), refused);
            var e = await Assert.ThrowsAsync<CryptographyException>(() => caller.PrepareLoginAsync());
            Assert.Equal(CryptographyError.NotAuthentic, e.Reason);
        }
    }

    [Fact]
    public async Task StartLogin_UnknownAddress_LeavesNothingInTheStore()
    {
        var before = await CountStreamsAsync();
        Expect.Value(await new TestPerson(vault).TryStartLoginAsync());
        Assert.Equal(before, await CountStreamsAsync());
    }

    [Fact]
    public async Task FinishLogin_SameKe3Twice_IsRefused()
    {
        var person = await new TestPerson(vault).RegisterAsync();
        var request = await person.PrepareLoginAsync();
        Expect.Value(await vault.SignIn.FinishLogin(request, person.Origin));
        Expect.Refused(ErrorCode.LoginFailed, await vault.SignIn.FinishLogin(request, person.Origin));
    }

    [Fact]
    public async Task FinishLogin_WrongKe3First_SpendsTheLogin()
    {
        var person = await new TestPerson(vault).RegisterAsync();
        var request = await person.PrepareLoginAsync();
        Expect.Refused(
            ErrorCode.LoginFailed, await vault.SignIn.FinishLogin(request with { Ke3 = new byte[64] }, person.Origin));
        Expect.Refused(ErrorCode.LoginFailed, await vault.SignIn.FinishLogin(request, person.Origin));
    }

    [Fact]
    public async Task FinishLogin_AnotherChannel_IsRefused()
    {
        var person = await new TestPerson(vault).RegisterAsync();
        var other = RandomNumberGenerator.GetBytes(32);

        // The server saw one handshake, the client another: the client finds out first.
        await Assert.ThrowsAsync<CryptographyException>(() => person.PrepareLoginAsync(other));

        // KE3 arrives on another channel than KE1, under the same key and under another one.
        var request = await person.PrepareLoginAsync();
        Expect.Refused(ErrorCode.LoginFailed, await vault.SignIn.FinishLogin(
            request, person.Origin with { HandshakeHash = other }));
        request = await person.PrepareLoginAsync();
        Assert.True(SessionKey.TryRead(other, out var otherKey));
        Expect.Refused(ErrorCode.LoginFailed, await vault.SignIn.FinishLogin(
            request, person.Origin with { SessionKey = otherKey }));
    }

    [Fact]
    public async Task FinishLogin_AfterAMinute_IsRefused()
    {
        var person = await new TestPerson(vault).RegisterAsync();
        var request = await person.PrepareLoginAsync();
        vault.Time.Advance(TimeSpan.FromSeconds(60));
        Expect.Refused(ErrorCode.LoginFailed, await vault.SignIn.FinishLogin(request, person.Origin));
    }

    [Theory]
    [InlineData("")]
    [InlineData("two\nlines")]
    public async Task FinishLogin_DeviceNameOfNoUse_IsRefused(string device)
    {
        var person = await new TestPerson(vault).RegisterAsync();
        var request = await person.PrepareLoginAsync();
        Expect.Refused(
            ErrorCode.InvalidRequest, await vault.SignIn.FinishLogin(request with { Device = device }, person.Origin));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task StartLogin_GuesserWhoNeverSendsKe3_IsStopped(bool known)
    {
        var email = $"{Guid.NewGuid():N}@example.org";
        if (known)
        {
            await new TestPerson(vault, email).RegisterAsync();
        }

        var guesser = new TestPerson(vault, email, "wrong") { Address = "198.51.100.1" };
        var allowed = 0;
        Outcome<LoginStartReply> last = default;
        for (; allowed < 20; allowed++)
        {
            guesser.Connect();
            last = await guesser.TryStartLoginAsync();
            if (last.Problem is not null)
            {
                break;
            }
        }

        // A registration counts too, on the account that the address then had: none.
        Assert.Equal(10, allowed);
        Assert.Equal(60, Expect.Refused(ErrorCode.TooManyRequests, last).RetryAfterSeconds);
        vault.Time.Advance(TimeSpan.FromSeconds(60));
        Expect.Value(await guesser.TryStartLoginAsync());
        Expect.Refused(ErrorCode.TooManyRequests, await guesser.TryStartLoginAsync());
    }

    [Fact]
    public async Task StartLogin_WhileAGuesserIsStopped_OwnerGoesOnAndSignsInWhereSheDidBefore()
    {
        var owner = await (await new TestPerson(vault).RegisterAsync()).LoginAsync();
        var guesser = new TestPerson(vault, owner.Email, "wrong") { Address = "198.51.100.1" };
        for (var i = 0; i < 10; i++)
        {
            Expect.Value(await guesser.TryStartLoginAsync());
        }

        Expect.Refused(ErrorCode.TooManyRequests, await guesser.TryStartLoginAsync());
        Expect.Value(await owner.Grain.GetSession(owner.Session));
        Expect.Value(await owner.Grain.ListFiles(owner.Session, null, 10));

        var elsewhere = new TestPerson(vault, owner.Email) { Address = "192.0.2.200" };
        Expect.Refused(ErrorCode.TooManyRequests, await elsewhere.TryStartLoginAsync());
        var again = new TestPerson(vault, owner.Email) { Address = "::ffff:203.0.113.7" };
        await again.LoginAsync();
    }

    [Fact]
    public async Task FinishLogin_Accepted_GivesTheAttemptsBack()
    {
        var owner = await new TestPerson(vault).RegisterAsync();
        for (var i = 0; i < 25; i++)
        {
            owner.Connect();
            await owner.LoginAsync();
        }
    }

    [Fact]
    public async Task StartRegistration_OnATakenAddress_CountsAsAnAttempt()
    {
        var owner = await new TestPerson(vault).RegisterAsync();
        var other = new TestPerson(vault, owner.Email);
        for (var i = 0; i < 10; i++)
        {
            await other.PrepareRegistrationAsync();
        }

        Expect.Refused(ErrorCode.TooManyRequests, await other.TryStartLoginAsync());
    }

    [Fact]
    public async Task StartLogin_AtAGrainThatIsNotTheAddresss_EvaluatesNothing()
    {
        var owner = await new TestPerson(vault).RegisterAsync();
        var other = await new TestPerson(vault).RegisterAsync();
        var request = new LoginStartRequest(owner.Email, new byte[96]);
        foreach (var account in new[] { other.Account, AccountId.New() })
        {
            Expect.Refused(ErrorCode.ServerBusy, await vault.User(account).StartLogin(request, owner.Origin));
        }
    }

    private async Task<int> CountStreamsAsync()
    {
        var count = 0;
        await foreach (var _ in vault.Log.ListAsync("users", default))
        {
            count++;
        }

        return count;
    }
}

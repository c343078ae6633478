using System.Security.Cryptography;
using Vault.Cryptography.Primitives;
using Vault.Grains.Interfaces;
using Vault.Protocol;
using Vault.Tests.Server;
using Vault.Tests.Support;

namespace Vault.Grains.Tests.SignIn;

public sealed class SecondFactorTests(TestVault vault) : IClassFixture<TestVault>, IAsyncLifetime
{
    private const string NewPassword = "another horse";

    private readonly string[] _backupCodes = [.. Enumerable.Range(0, BackupCode.Count).Select(_ => BackupCode.New())];
    private TestPerson _person = null!; // set by InitializeAsync
    private byte[] _secret = null!; // set by InitializeAsync
    private Authenticator _app = null!; // set by InitializeAsync

    private DateTimeOffset Now => vault.Time.GetUtcNow();

    public async Task InitializeAsync()
    {
        _person = await (await new TestPerson(vault).RegisterAsync()).LoginAsync();
        _secret = Expect.Value(await _person.Grain.PrepareTotp(_person.Session)).Secret;
        _app = new Authenticator(_secret);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task FinishLogin_WithSecondFactor_GivesOutNothingBeforeTheCode()
    {
        await EnableAsync();
        _person.Connect();

        Expect.Refused(ErrorCode.CodeRequired, await FinishLoginAsync());
        Expect.Refused(ErrorCode.NotAuthenticated, await _person.Grain.GetSession(_person.Session));
        var reply = Expect.Value(await TryCodeAsync(_app.Show(Now)));

        Assert.Equal(_person.Ring, reply.SealedKeyRing);
        Expect.Value(await _person.Grain.GetSession(_person.Session));
    }

    [Fact]
    public async Task FinishLogin_Prepared_NeedsNoCodeYet()
    {
        _person.Connect();
        await _person.LoginAsync();
    }

    [Fact]
    public async Task FinishLoginWithCode_SameTimeStepTwice_IsRefusedTheSecondTime()
    {
        await EnableAsync();
        Expect.Value(await LoginAsync(_app.Show(Now)));
        Expect.Refused(ErrorCode.CodeInvalid, await LoginAsync(_app.Show(Now)));
        Expect.Refused(ErrorCode.CodeInvalid, await LoginAsync(_app.Show(Now, -1)));
        Expect.Value(await LoginAsync(_app.Show(Now, 1)));
    }

    [Fact]
    public async Task EnableTotp_CodeUsedForIt_SignsNobodyIn()
    {
        var code = _app.Show(Now);
        Expect.Value(await _person.Grain.EnableTotp(_person.Session, new EnableTotpRequest(code, _backupCodes)));
        Expect.Refused(ErrorCode.CodeInvalid, await LoginAsync(code));
    }

    [Fact]
    public async Task FinishLoginWithCode_BackupCode_WorksOnce()
    {
        await EnableAsync();
        Expect.Value(await LoginAsync(_backupCodes[3].ToUpperInvariant()));
        Expect.Refused(ErrorCode.CodeInvalid, await LoginAsync(_backupCodes[3]));
        await vault.ForgetAsync(_person.Grain);
        Expect.Refused(ErrorCode.CodeInvalid, await LoginAsync(_backupCodes[3]));
        Expect.Value(await LoginAsync(_backupCodes[4]));
    }

    [Fact]
    public async Task FinishLoginWithCode_WrongCode_MayBeTypedAgainOnTheSameConnection()
    {
        await EnableAsync();
        Expect.Refused(ErrorCode.CodeInvalid, await LoginAsync("000000" == _app.Show(Now) ? "000001" : "000000"));
        Expect.Value(await TryCodeAsync(_app.Show(Now)));
    }

    [Fact]
    public async Task FinishLoginWithCode_ManyWrongCodes_HaveToWaitWhileTheOwnerElsewhereGoesOn()
    {
        await EnableAsync();
        _person.Address = "198.51.100.9"; // somebody who has the password, at a place where the owner never was
        Expect.Refused(ErrorCode.CodeInvalid, await LoginAsync("wrong"));
        for (var i = 1; i < 5; i++)
        {
            Expect.Refused(ErrorCode.CodeInvalid, await TryCodeAsync("zzzzz-zzzzz"));
        }

        var refused = Expect.Refused(ErrorCode.TooManyRequests, await TryCodeAsync(_app.Show(Now)));
        Assert.Equal(300, refused.RetryAfterSeconds);
        Expect.Refused(ErrorCode.TooManyRequests, await LoginAsync(_app.Show(Now)));
        _person.Address = "203.0.113.7";
        Expect.Value(await LoginAsync(_app.Show(Now)));
    }

    [Fact]
    public async Task FinishLoginWithCode_NoPasswordBefore_LoginFails()
    {
        await EnableAsync();
        _person.Connect();
        Expect.Refused(ErrorCode.LoginFailed, await TryCodeAsync(_app.Show(Now)));
        Expect.Value(await LoginAsync(_app.Show(Now))); // the code was not used up by it
    }

    [Fact]
    public async Task FinishLoginWithCode_AnotherChannelOrKey_LoginFails()
    {
        await EnableAsync();
        _person.Connect();
        Expect.Refused(ErrorCode.CodeRequired, await FinishLoginAsync());
        var request = new LoginCodeRequest(_person.Email, _app.Show(Now), "a laptop");
        var thief = new TestPerson(vault);
        Expect.Refused(ErrorCode.LoginFailed, await vault.SignIn.FinishLoginWithCode(request, thief.Origin));
        Expect.Refused(ErrorCode.LoginFailed, await vault.SignIn.FinishLoginWithCode(
            request, _person.Origin with { HandshakeHash = thief.HandshakeHash }));
        Expect.Value(await vault.SignIn.FinishLoginWithCode(request, _person.Origin));
    }

    [Fact]
    public async Task FinishLoginWithCode_UnknownAddress_LoginFails()
    {
        var nobody = new TestPerson(vault);
        Expect.Refused(ErrorCode.LoginFailed, await vault.SignIn.FinishLoginWithCode(
            new LoginCodeRequest(nobody.Email, "123456", "x"), nobody.Origin));
    }

    [Fact]
    public async Task FinishLoginWithCode_TooLate_LoginFails()
    {
        await EnableAsync();
        _person.Connect();
        Expect.Refused(ErrorCode.CodeRequired, await FinishLoginAsync());
        vault.Time.Advance(TimeSpan.FromMinutes(5));
        Expect.Refused(ErrorCode.LoginFailed, await TryCodeAsync(_app.Show(Now)));
    }

    [Fact]
    public async Task FinishLogin_KeyThatHasASession_NeedsNoNewCode()
    {
        await EnableAsync();
        Expect.Value(await FinishLoginAsync());
    }

    [Fact]
    public async Task FinishLoginWithCode_CodeStoredButTheAnswerLost_IsUsedUp()
    {
        await EnableAsync();
        _person.Connect();
        Expect.Refused(ErrorCode.CodeRequired, await FinishLoginAsync());
        vault.Log.FailNext("user.one-time-code-used.v1", Fault.AfterStoring);
        await Assert.ThrowsAsync<StorageUnavailableException>(() => TryCodeAsync(_app.Show(Now)));

        Expect.Refused(ErrorCode.CodeInvalid, await LoginAsync(_app.Show(Now)));
        Expect.Value(await LoginAsync(_app.Show(Now, 1)));
    }

    [Fact]
    public async Task EnableTotp_WrongCodeOrCodes_StaysOff()
    {
        foreach (var (code, codes) in new (string, string[])[]
        {
            ("", _backupCodes), ("12345", _backupCodes), (_app.Show(Now, 3), _backupCodes), (_app.Show(Now), _backupCodes[1..]),
            (_app.Show(Now), [.. _backupCodes[1..], _backupCodes[1]]), (_app.Show(Now), [.. _backupCodes[1..], "short"]),
            (_app.Show(Now), [.. _backupCodes, BackupCode.New()]), (_app.Show(Now), [.. _backupCodes[1..], null!]), // as JSON may have it
        })
        {
            var refused = await _person.Grain.EnableTotp(_person.Session, new EnableTotpRequest(code, codes));
            Assert.Contains(refused.Problem!.Code, (ErrorCode[])[ErrorCode.CodeInvalid, ErrorCode.InvalidRequest]); // there is one
        }

        _person.Connect();
        await _person.LoginAsync();
    }

    [Fact]
    public async Task EnableTotp_SentAgain_IsTheSame_AndAnotherOneIsAConflict()
    {
        var request = new EnableTotpRequest(_app.Show(Now), _backupCodes);
        Expect.Value(await _person.Grain.EnableTotp(_person.Session, request));
        vault.Time.Advance(TimeSpan.FromMinutes(10));
        Expect.Value(await _person.Grain.EnableTotp(_person.Session, request));
        Expect.Refused(ErrorCode.Conflict, await _person.Grain.EnableTotp(_person.Session, new EnableTotpRequest(
            _app.Show(Now), [.. _backupCodes.Select(_ => BackupCode.New())])));
        Expect.Refused(ErrorCode.Conflict, await _person.Grain.PrepareTotp(_person.Session));
        Assert.Single(await vault.EventsAsync("users", _person.Account.ToString()), "user.totp-enabled.v1");
    }

    [Fact]
    public async Task EnableTotp_NothingPrepared_IsAConflict()
    {
        var other = await (await new TestPerson(vault).RegisterAsync()).LoginAsync();
        Expect.Refused(ErrorCode.Conflict, await other.Grain.EnableTotp(
            other.Session, new EnableTotpRequest(_app.Show(Now), _backupCodes)));
    }

    [Fact]
    public async Task DisableTotp_NeedsACode()
    {
        await EnableAsync();
        Expect.Refused(ErrorCode.CodeInvalid, await DisableAsync("123"));
        Expect.Refused(ErrorCode.CodeInvalid, await DisableAsync(BackupCode.New()));
        Expect.Value(await DisableAsync(_backupCodes[0]));
        Expect.Value(await DisableAsync("off already"));
        _person.Connect();
        await _person.LoginAsync();
    }

    [Fact]
    public async Task Totp_WithoutASession_IsNotAuthenticated()
    {
        _person.Connect();
        Expect.Refused(ErrorCode.NotAuthenticated, await _person.Grain.PrepareTotp(_person.Session));
        Expect.Refused(ErrorCode.NotAuthenticated, await _person.Grain.EnableTotp(
            _person.Session, new EnableTotpRequest(_app.Show(Now), _backupCodes)));
        Expect.Refused(ErrorCode.NotAuthenticated, await DisableAsync(_app.Show(Now)));
    }

    [Fact]
    public async Task Store_AccountWithSecondFactor_HoldsNeitherSecretNorCodes()
    {
        await EnableAsync();
        var stream = await File.ReadAllTextAsync(vault.FileOf("users", _person.Account.ToString()));
        Assert.Contains("user.totp-enabled.v1", stream, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String(_secret)[..12], stream, StringComparison.Ordinal);
        Assert.All(_backupCodes, code => Assert.DoesNotContain(code, stream, StringComparison.Ordinal));
    }

    [Fact]
    public async Task FinishReset_WithSecondFactor_NeedsACodeOrTheRecoveryKey()
    {
        await EnableAsync();
        var finish = await StartResetAsync(withRecoveryKey: false);
        Expect.Refused(ErrorCode.CodeRequired, await vault.SignIn.FinishReset(finish, _person.Origin));
        Expect.Refused(ErrorCode.CodeInvalid, await vault.SignIn.FinishReset(
            finish with { OneTimeCode = BackupCode.New() }, _person.Origin));
        Expect.Value(await _person.Grain.GetSession(_person.Session)); // nothing has changed

        Expect.Value(await vault.SignIn.FinishReset(finish with { OneTimeCode = _app.Show(Now) }, _person.Origin));
        var elsewhere = new TestPerson(vault, _person.Email, NewPassword);
        Expect.Refused(ErrorCode.CodeRequired, await vault.SignIn.FinishLogin(await elsewhere.PrepareLoginAsync(), elsewhere.Origin));
        var here = new TestPerson(vault, _person.Email, NewPassword);
        here.ConnectAs(_person);
        await here.LoginAsync(); // the code that the reset used up was proof enough on this connection
    }

    [Fact]
    public async Task FinishReset_CodeUsedElsewhere_IsRefused()
    {
        await EnableAsync();
        Expect.Value(await LoginAsync(_backupCodes[0]));
        var finish = await StartResetAsync(withRecoveryKey: false);
        Expect.Refused(ErrorCode.CodeInvalid, await vault.SignIn.FinishReset(
            finish with { OneTimeCode = _backupCodes[0] }, _person.Origin));
        Expect.Value(await vault.SignIn.FinishReset(finish with { OneTimeCode = _backupCodes[1] }, _person.Origin));
    }

    [Fact]
    public async Task FinishReset_WithSecondFactorAndRecoveryKey_NeedsTheCodeAtLoginOnly()
    {
        await EnableAsync();
        Expect.Value(await vault.SignIn.FinishReset(await StartResetAsync(withRecoveryKey: true), _person.Origin));
        var here = new TestPerson(vault, _person.Email, NewPassword);
        here.ConnectAs(_person);
        Expect.Refused(ErrorCode.CodeRequired, await vault.SignIn.FinishLogin(await here.PrepareLoginAsync(), here.Origin));
    }

    private async Task<ResetFinishRequest> StartResetAsync(bool withRecoveryKey)
    {
        Expect.Value(await vault.SignIn.RequestRecovery(new RecoveryRequest(_person.Email)));
        var code = await new Mailbox(vault.Pickup).NextCodeAsync(_person.Email);
        var seed = RandomNumberGenerator.GetBytes(Ed25519.SeedLength);
        var (_, finish) = await _person.StartResetAsync(
            code, NewPassword, withRecoveryKey ? null : () => new NewKeys(RandomNumberGenerator.GetBytes(200), _person.NextProfile(seed)));
        return finish!; // the code is right
    }

    private async Task EnableAsync()
    {
        Expect.Value(await _person.Grain.EnableTotp(_person.Session, new EnableTotpRequest(_app.Show(Now), _backupCodes)));
        vault.Time.Advance(TimeSpan.FromSeconds(60));
    }

    private async Task<Outcome<LoginFinishReply>> FinishLoginAsync() =>
        await vault.SignIn.FinishLogin(await _person.PrepareLoginAsync(), _person.Origin);

    private Task<Outcome<LoginFinishReply>> TryCodeAsync(string code) =>
        vault.SignIn.FinishLoginWithCode(new LoginCodeRequest(_person.Email, code, "a laptop"), _person.Origin);

    private async Task<Outcome<LoginFinishReply>> LoginAsync(string code)
    {
        _person.Connect();
        Expect.Refused(ErrorCode.CodeRequired, await FinishLoginAsync());
        return await TryCodeAsync(code);
    }

    private Task<Outcome<Done>> DisableAsync(string code) =>
        _person.Grain.DisableTotp(_person.Session, new DisableTotpRequest(code), new ClientAddress(_person.Address));
}

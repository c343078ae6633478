using Vault.Client.Tests.LyingServer;
using Vault.Protocol;
using Vault.Tests.Server;
using Vault.Tests.Support;

namespace Vault.Client.Tests.Recovery;

/// <summary>Whatever breaks once the server may have taken a new recovery key: the person gets the key, and it is the account's.</summary>
public sealed class NewKeyTests : IAsyncLifetime
{
    private const string Email = "ada@example.org", NewPassword = "another horse entirely", ThirdPassword = "a third horse";

    private readonly Liar _link = new();
    private RunningVault _vault = null!; // set before the first test

    public async Task InitializeAsync() => _vault = await RunningVault.StartAsync();

    public async Task DisposeAsync() => await _vault.DisposeAsync();

    [Fact]
    public async Task Reset_ServerAwayBeforeTheLogin_SignsInOnceItIsBack()
    {
        await using (await _vault.CreateAsync())
        {
        }

        var logins = 0;
        _link.Afterwards(Routes.ResetFinish, _vault.StopAsync);
        _link.Meanwhile(Routes.LoginStart, () => ++logins == 5 ? _vault.StartAgainAsync() : Task.CompletedTask);
        using var reset = await ResetAsync(TimeSpan.FromSeconds(60));
        Assert.True(reset.Failure is null, reset.Failure?.ToString());
        Assert.NotNull(reset.NewRecoveryKey);
        await using var session = reset.Session;
        await session.GetStatusAsync(default);
        Assert.True(logins >= 5);
    }

    [Theory]
    [InlineData(Routes.ResetFinish, "is not known")]
    [InlineData(Routes.LoginStart, "The password is the new one")]
    public async Task Reset_AnswersLost_HandsOutTheKey(string lost, string state)
    {
        await using (await _vault.CreateAsync())
        {
        }

        _link.Afterwards(lost, Lose);
        _link.Afterwards(Routes.LoginStart, Lose);
        using var reset = await ResetAsync(TimeSpan.Zero);
        Assert.Contains(state, MustHaveFailed(VaultErrorCode.ServerUnreachable, reset.Failure), StringComparison.Ordinal);
        Assert.Same(reset.Failure, Assert.Throws<InvalidOperationException>(() => reset.Session).InnerException);
        await MustCountAsync(reset.NewRecoveryKey);
    }

    // Nothing is lost, but the person has to know with which password to go on.
    [Theory]
    [InlineData(Routes.ResetFinish, "Whether the password was reset is not known", "otherwise request another code")]
    [InlineData(Routes.LoginStart, "The password is the new one", "with the new password")]
    public async Task Reset_WithTheRecoveryKeyAndAnswersLost_SaysWhichPasswordCounts(string lost, string state, string advice)
    {
        using var password = RunningVault.Secret(RunningVault.Password);
        await using var account = await VaultAccount.CreateAsync(_vault.Address, Email, password, _vault.Options, default);
        _link.Afterwards(lost, Lose);
        _link.Afterwards(Routes.LoginStart, Lose);
        var error = await Assert.ThrowsAsync<VaultException>(() => ResetAsync(TimeSpan.Zero, recoveryKey: account.RecoveryKey));
        Assert.Equal(VaultErrorCode.ServerUnreachable, error.Code);
        Assert.Contains(state, error.Message, StringComparison.Ordinal);
        Assert.Contains(advice, error.Advice, StringComparison.Ordinal);
        Assert.DoesNotContain("recovery key", error.Advice, StringComparison.Ordinal);
        await using var session = await _vault.ConnectAsync(password: NewPassword);
    }

    [Fact]
    public async Task ChangePassword_AnswerLost_SaysThatItMayBeEither()
    {
        await using var ada = await ConnectAsync();
        var error = await Assert.ThrowsAsync<VaultException>(() => ChangePasswordAndLoseTheAnswerAsync(ada, rotateKeys: false));
        Assert.Contains("not known", MustHaveFailed(VaultErrorCode.ServerUnreachable, error), StringComparison.Ordinal);
        await using var session = await _vault.ConnectAsync(password: NewPassword);
    }

    [Fact]
    public async Task Reset_SecondFactorAndAnotherConnectionForTheLogin_HandsOutTheKey()
    {
        string code;
        await using (var ada = await _vault.CreateAsync())
        {
            using var setup = await ada.PrepareTotpAsync(default);
            code = (await ada.EnableTotpAsync(Authenticator.Scan(new string(setup.Reveal())).Show(DateTimeOffset.UtcNow), default)).BackupCodes[0];
        }

        // The code that the reset used up is good for a login on its own connection alone.
        _link.Afterwards(Routes.ResetFinish, () => _vault.RestartAsync());
        using var reset = await ResetAsync(TimeSpan.FromSeconds(30), code);
        Assert.Contains("one-time code", MustHaveFailed(VaultErrorCode.CodeInvalid, reset.Failure), StringComparison.Ordinal);
        await MustCountAsync(reset.NewRecoveryKey, mayAskForCode: true);
    }

    [Fact]
    public async Task Reset_CancelledWhenItMayBeDone_HandsOutTheKey()
    {
        await using (await _vault.CreateAsync())
        {
        }

        using var cancel = new CancellationTokenSource();
        _link.Afterwards(Routes.ResetFinish, () => CancelAsync(cancel));
        using var reset = await ResetAsync(TimeSpan.Zero, cancellationToken: cancel.Token);
        Assert.IsAssignableFrom<OperationCanceledException>(reset.Failure);
        await MustCountAsync(reset.NewRecoveryKey);
    }

    [Theory]
    [InlineData(Routes.RegistrationFinish, "Whether the account exists is not known")]
    [InlineData(Routes.LoginStart, "The account exists")]
    public async Task Create_AnswersLost_HandsOutTheKey(string lost, string state)
    {
        _link.Afterwards(lost, Lose);
        using var password = RunningVault.Secret(RunningVault.Password);
        await using var account = await VaultAccount.CreateAsync(_vault.Address, Email, password, Options(TimeSpan.Zero), default);
        Assert.Contains(state, MustHaveFailed(VaultErrorCode.ServerUnreachable, account.Failure), StringComparison.Ordinal);
        Assert.False(account.AwaitsConfirmation);
        Assert.Throws<InvalidOperationException>(account.TakeSession);
        await MustCountAsync(account.RecoveryKey);
    }

    [Fact]
    public async Task Create_ServerAwayBeforeTheLogin_SignsInOnceItIsBack()
    {
        var logins = 0;
        _link.Afterwards(Routes.RegistrationFinish, _vault.StopAsync);
        _link.Meanwhile(Routes.LoginStart, () => ++logins == 5 ? _vault.StartAgainAsync() : Task.CompletedTask);
        using var password = RunningVault.Secret(RunningVault.Password);
        await using var account = await VaultAccount.CreateAsync(
            _vault.Address, Email, password, Options(TimeSpan.FromSeconds(60)), default);
        Assert.True(account.Failure is null, account.Failure?.ToString());
        await account.Session.GetStatusAsync(default);
    }

    [Fact]
    public async Task RotateKeys_AnswerLost_HandsOutTheKey()
    {
        await using var ada = await ConnectAsync();
        var changed = await ChangePasswordAndLoseTheAnswerAsync(ada, rotateKeys: true);
        MustHaveFailed(VaultErrorCode.ServerUnreachable, changed.Failure);
        Assert.Same(ada, changed.Session);
        await using (await _vault.ConnectAsync(password: NewPassword))
        {
        }

        await MustCountAsync(changed.RecoveryKey);
        changed.RecoveryKey!.Dispose(); // it counted
    }

    [Fact]
    public async Task ReplaceRecoveryKey_AnswerLost_HandsOutTheKey()
    {
        await using var ada = await ConnectAsync();
        _link.Afterwards(Routes.Keys, Lose);
        using var password = RunningVault.Secret(RunningVault.Password);
        var changed = await ada.ReplaceRecoveryKeyAsync(password, null, default);
        MustHaveFailed(VaultErrorCode.ServerUnreachable, changed.Failure);
        await MustCountAsync(changed.RecoveryKey);
        changed.RecoveryKey!.Dispose(); // it counted
    }

    [Fact]
    public async Task EnableTotp_AnswerLost_HandsOutTheBackupCodes()
    {
        await using var ada = await ConnectAsync();
        using var setup = await ada.PrepareTotpAsync(default);
        _link.Afterwards(Routes.Totp, Lose);
        var enabled = await ada.EnableTotpAsync(Authenticator.Scan(new string(setup.Reveal())).Show(DateTimeOffset.UtcNow), default);
        MustHaveFailed(VaultErrorCode.ServerUnreachable, enabled.Failure);
        using var password = RunningVault.Secret(RunningVault.Password);
        await using var again = await VaultSession.ConnectAsync(
            _vault.Address, Email, password, _vault.Options with { OneTimeCode = enabled.BackupCodes[0] }, default);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ReplaceRecoveryKey_Refused_HandsOutTheKeyOnlyWhereAnAnswerWasLostBefore(bool isLostBefore)
    {
        await using var ada = await ConnectAsync(TimeSpan.FromSeconds(30));
        var asked = 0;
        _link.Answer(Routes.Keys, _ => isLostBefore && ++asked == 1
            ? throw new HttpRequestException("The answer was lost.")
            : Replies.Problem(ErrorCode.NotPermitted));
        using var password = RunningVault.Secret(RunningVault.Password);
        var replacing = ada.ReplaceRecoveryKeyAsync(password, null, default);
        if (isLostBefore)
        {
            var changed = await replacing;
            MustHaveFailed(VaultErrorCode.NotPermitted, changed.Failure);
            changed.RecoveryKey!.Dispose(); // there is one
        }
        else
        {
            Assert.Equal(VaultErrorCode.NotPermitted, (await Assert.ThrowsAsync<VaultException>(() => replacing)).Code);
        }
    }

    private static Task Lose() => throw new HttpRequestException("The answer was lost.");

    private static async Task CancelAsync(CancellationTokenSource cancel)
    {
        await cancel.CancelAsync();
        cancel.Token.ThrowIfCancellationRequested();
    }

    private static string MustHaveFailed(VaultErrorCode code, Exception? failure)
    {
        var error = Assert.IsType<VaultException>(failure);
        Assert.Equal(code, error.Code);
        Assert.NotNull(error.Advice);
        return error.Message;
    }

    private ConnectOptions Options(TimeSpan reconnectFor) => _vault.Options with { ReconnectFor = reconnectFor, Intercept = _link.Intercept };

    private async Task<VaultSession> ConnectAsync(TimeSpan reconnectFor = default)
    {
        await using (await _vault.CreateAsync())
        {
        }

        using var password = RunningVault.Secret(RunningVault.Password);
        return await VaultSession.ConnectAsync(_vault.Address, Email, password, Options(reconnectFor), default);
    }

    private async Task<ChangedKeys> ChangePasswordAndLoseTheAnswerAsync(VaultSession ada, bool rotateKeys)
    {
        _link.Afterwards(Routes.Keys, Lose);
        using var present = RunningVault.Secret(RunningVault.Password);
        using var next = RunningVault.Secret(NewPassword);
        return await ada.ChangePasswordAsync(present, next, rotateKeys, null, default);
    }

    private async Task<RecoveredAccount> ResetAsync(
        TimeSpan reconnectFor, string? oneTimeCode = null, RecoveryKey? recoveryKey = null, CancellationToken cancellationToken = default)
    {
        var code = await _vault.RequestCodeAsync();
        using var password = RunningVault.Secret(NewPassword);
        return await VaultRecovery.ResetAsync(
            _vault.Address, Email, code, password, recoveryKey, _ => Task.FromResult(true), Options(reconnectFor) with { OneTimeCode = oneTimeCode },
            cancellationToken);
    }

    /// <summary>With the key, and nothing else, the account is got back.</summary>
    private async Task MustCountAsync(RecoveryKey? key, bool mayAskForCode = false)
    {
        Assert.NotNull(key);
        var code = await _vault.RequestCodeAsync();
        using var password = RunningVault.Secret(ThirdPassword);
        try
        {
            using var reset = await VaultRecovery.ResetAsync(
                _vault.Address, Email, code, password, key, _ => Task.FromResult(false), _vault.Options, default);
            await reset.Session.DisposeAsync();
        }
        catch (VaultException error) when (mayAskForCode && error.Code == VaultErrorCode.CodeRequired)
        {
            Assert.Contains("The password is the new one", error.Message, StringComparison.Ordinal);
        }
    }
}

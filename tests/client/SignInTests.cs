using Vault.Cryptography.Primitives;
using Vault.Protocol;
using Vault.Tests.Server;

namespace Vault.Client.Tests;

/// <summary>What a person sees who cannot get in.</summary>
public sealed class SignInTests : IAsyncLifetime
{
    private RunningVault _vault = null!; // xunit calls InitializeAsync first

    public async Task InitializeAsync() => _vault = await RunningVault.StartAsync();

    public async Task DisposeAsync() => await _vault.DisposeAsync();

    [Fact]
    public async Task Connect_WrongPasswordAndUnknownEmail_AreTheSameError()
    {
        await using (await _vault.CreateAsync())
        {
        }

        var wrong = await Assert.ThrowsAsync<VaultException>(() => _vault.ConnectAsync(password: "not my password"));
        var unknown = await Assert.ThrowsAsync<VaultException>(() => _vault.ConnectAsync(email: "nobody@example.org"));

        Assert.Equal(VaultErrorCode.LoginFailed, wrong.Code);
        Assert.Equal((wrong.Code, wrong.Message, wrong.Advice), (unknown.Code, unknown.Message, unknown.Advice));
    }

    [Theory]
    [InlineData("ada@example.org")]
    [InlineData("nobody@example.org")]
    public async Task Connect_TooManyAttempts_SaysHowLongToWait_AndTheRunningSessionGoesOn(string email)
    {
        await using var session = await _vault.CreateAsync();
        VaultException? error = null;
        for (var attempt = 0; attempt < 12 && error is not { Code: VaultErrorCode.TooManyRequests }; attempt++)
        {
            error = await Assert.ThrowsAsync<VaultException>(() => _vault.ConnectAsync(email, "a guess"));
        }

        Assert.Equal(VaultErrorCode.TooManyRequests, error!.Code);
        Assert.True(error.RetryAfterSeconds > 0);
        Assert.Equal("ada@example.org", (await session.GetStatusAsync(default)).Email);
    }

    [Fact]
    public async Task Create_AddressInUse_IsAConflict()
    {
        await using (await _vault.CreateAsync())
        {
        }

        var error = await Assert.ThrowsAsync<VaultException>(() => _vault.CreateAsync(" ADA@Example.org "));
        Assert.Equal(VaultErrorCode.Conflict, error.Code);
    }

    [Theory]
    [InlineData("no address", RunningVault.Password)]
    [InlineData("ada@example.org", "short")]
    public async Task Create_NoAddressOrShortPassword_IsRefusedHere(string email, string password)
    {
        using var secret = RunningVault.Secret(password);
        var error = await Assert.ThrowsAsync<VaultException>(
            () => VaultAccount.CreateAsync(_vault.Address, email, secret, _vault.Options, default));
        Assert.Equal(VaultErrorCode.InvalidRequest, error.Code);
    }

    [Fact]
    public async Task Connect_UnknownServer_TellsItsKeyAndRemembersItOnceAccepted()
    {
        await using (await _vault.CreateAsync())
        {
        }

        var unpinned = _vault.Address with { Key = null };
        var options = _vault.Options with { StateFolder = Path.Combine(_vault.Folder, "fresh") };
        using var password = RunningVault.Secret(RunningVault.Password);
        var error = await Assert.ThrowsAsync<VaultException>(
            () => VaultSession.ConnectAsync(unpinned, "ada@example.org", password, options, default));
        Assert.Equal(VaultErrorCode.ServerUnknown, error.Code);
        Assert.Equal(_vault.Server.ServerKey, error.ServerKey);

        await using (await VaultSession.ConnectAsync(
            unpinned, "ada@example.org", password, options with { AcceptServerKey = error.ServerKey }, default))
        {
        }

        await using var again = await VaultSession.ConnectAsync(unpinned, "ada@example.org", password, options, default);
        Assert.Equal(_vault.Server.ServerKey, again.ServerKey);
    }

    [Fact]
    public async Task Connect_ServerKeyChanged_IsRefusedEvenIfUnknownServersAreAccepted()
    {
        await using (await _vault.CreateAsync())
        {
        }

        var other = ServerKey.FromBytes(System.Security.Cryptography.RandomNumberGenerator.GetBytes(X25519.KeyLength));
        var options = _vault.Options with { AcceptUnknownServer = true };
        var unpinned = _vault.Address with { Key = null };
        new KnownServers(options.StateFolder).Remember(unpinned, other);
        using var password = RunningVault.Secret(RunningVault.Password);

        var error = await Assert.ThrowsAsync<VaultException>(
            () => VaultSession.ConnectAsync(unpinned, "ada@example.org", password, options, default));

        Assert.Equal(VaultErrorCode.ServerKeyChanged, error.Code);
        Assert.Equal(_vault.Server.ServerKey, error.ServerKey);
        Assert.Equal(other, new KnownServers(options.StateFolder).Find(unpinned));
    }

    [Fact]
    public async Task Connect_NobodyListens_SaysSo()
    {
        await using var closed = new TcpProxy(1);
        var port = closed.Port;
        await closed.DisposeAsync();
        using var password = RunningVault.Secret(RunningVault.Password);

        var error = await Assert.ThrowsAsync<VaultException>(() => VaultSession.ConnectAsync(
            new ServerAddress("127.0.0.1", port, null), "ada@example.org", password, _vault.Options, default));

        Assert.Equal(VaultErrorCode.ServerUnreachable, error.Code);
        Assert.Contains($"127.0.0.1:{port}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Disconnect_Session_EndsIt()
    {
        await using var session = await _vault.CreateAsync();
        await using var other = await _vault.ConnectAsync();

        await session.DisconnectAsync(default);

        var error = await Assert.ThrowsAsync<VaultException>(() => session.GetStatusAsync(default));
        Assert.Equal(VaultErrorCode.NotAuthenticated, error.Code);
        Assert.Equal("ada@example.org", (await other.GetStatusAsync(default)).Email);
    }

    [Fact]
    public async Task Session_ConnectionCutOrServerRestarted_GoesOn()
    {
        await using var proxy = new TcpProxy(_vault.Server.Port);
        await using (await _vault.CreateAsync())
        {
        }

        using var password = RunningVault.Secret(RunningVault.Password);
        await using var session = await VaultSession.ConnectAsync(
            new ServerAddress("127.0.0.1", proxy.Port, _vault.Server.ServerKey), "ada@example.org", password, _vault.Options, default);

        proxy.Cut();
        Assert.Equal("ada@example.org", (await session.GetStatusAsync(default)).Email);
        await _vault.RestartAsync();
        Assert.Equal("ada@example.org", (await session.GetStatusAsync(default)).Email);
        Assert.True(proxy.Accepted >= 3);
    }
}

using System.Globalization;
using System.Security.Cryptography;
using Vault.Tests.Server;

namespace Vault.Client.Tests;

/// <summary>A server with several places: a client goes on where the next one answers, with its session and its transfer.</summary>
public sealed class SeveralPlacesTests : IAsyncLifetime
{
    private RunningVault _vault = null!; // xunit calls InitializeAsync first

    public async Task InitializeAsync() => _vault = await RunningVault.StartAsync();

    public async Task DisposeAsync() => await _vault.DisposeAsync();

    [Fact]
    public async Task Session_ItsPlaceIsLostInATransfer_GoesOnAtTheNext()
    {
        var lost = new TaskCompletionSource();
        var passed = 0L;
        await using var second = new TcpProxy(_vault.Server.Port);
        await using var first = new TcpProxy(_vault.Server.Port, (_, length, up) =>
        {
            if (up && Interlocked.Add(ref passed, length) > 10_000_000)
            {
                lost.TrySetResult();
            }

            return !lost.Task.IsCompleted;
        });
        await using var session = await SignUpAsync($"127.0.0.1:{first.Port},127.0.0.1:{second.Port}#{_vault.Server.ServerKey}");
        var content = RandomNumberGenerator.GetBytes(40_000_000);

        var file = await session.SendAsync(_vault.Write("source", content), "source", null, null, default);
        await session.ReceiveAsync(file, Path.Combine(_vault.Folder, "target"), null, null, default);

        Assert.True(lost.Task.IsCompleted);
        Assert.True(second.Accepted > 0);
        Assert.Equal(content, await File.ReadAllBytesAsync(Path.Combine(_vault.Folder, "target")));
    }

    [Fact]
    public async Task Connect_FirstPlaceIsClosedOrUnknownOrSilent_TakesTheOneThatAnswers()
    {
        using var silent = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        silent.Start(); // and never accepts
        var silentPort = ((System.Net.IPEndPoint)silent.LocalEndpoint).Port;
        await using var session = await SignUpAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"no.such.name.invalid,127.0.0.1:{FreePort.Next()},127.0.0.1:{silentPort},127.0.0.1:{_vault.Server.Port}#{_vault.Server.ServerKey}"));

        Assert.Equal("ada@example.org", (await session.GetStatusAsync(default)).Email);
    }

    [Fact]
    public async Task Connect_APlaceHasAnotherKey_IsToldAndNotPassedOver()
    {
        await using var other = await RunningVault.StartAsync();
        Assert.True(ServerAddress.TryParse(
            $"127.0.0.1:{other.Server.Port},127.0.0.1:{_vault.Server.Port}#{_vault.Server.ServerKey}", out var address));
        using var password = RunningVault.Secret(RunningVault.Password);

        var error = await Assert.ThrowsAsync<VaultException>(
            () => VaultSession.ConnectAsync(address, "ada@example.org", password, _vault.Options, default));

        Assert.Equal(VaultErrorCode.ServerKeyChanged, error.Code);
    }

    [Fact]
    public async Task Connect_UnknownServerAcceptedAtOnePlace_MustBeTheSameAtTheNext()
    {
        await using var other = await RunningVault.StartAsync();
        await using var first = new TcpProxy(_vault.Server.Port);
        Assert.True(ServerAddress.TryParse($"127.0.0.1:{first.Port},127.0.0.1:{other.Server.Port}", out var address));
        using var password = RunningVault.Secret(RunningVault.Password);
        await using var account = await VaultAccount.CreateAsync(
            address, "ada@example.org", password, _vault.Options with { AcceptUnknownServer = true }, default);

        await first.DisposeAsync();
        var error = await Assert.ThrowsAsync<VaultException>(() => account.Session.GetStatusAsync(default));

        Assert.Equal(VaultErrorCode.ServerKeyChanged, error.Code);
    }

    private async Task<VaultSession> SignUpAsync(string server)
    {
        Assert.True(ServerAddress.TryParse(server, out var address));
        using var password = RunningVault.Secret(RunningVault.Password);
        await using var account = await VaultAccount.CreateAsync(address, "ada@example.org", password, _vault.Options, default);
        return account.TakeSession();
    }
}

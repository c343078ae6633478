using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Vault.Client;
using Vault.Tests.Server;
using Vault.Tests.Support;

namespace Vault.EndToEnd.Tests.Hosting;

/// <summary>Silo and gateway as two processes that come and go in any order.</summary>
public sealed class ClusterTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly TemporaryFolder _folder = new();
    private readonly string _gatewayPort = FreePort();

    private ConnectOptions Options => new() { StateFolder = _folder.File("state") };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Gateway_StartedBeforeTheSilo_ServesOnceThereIsOne()
    {
        await MakeKeysAsync();
        var starting = StartGatewayAsync();
        await using var silo = await StartSiloAsync();
        await using var gateway = await starting;

        await using var session = await SignUpAsync(gateway);

        Assert.Equal(0, (await session.GetStatusAsync(default)).UsedBytes);
    }

    [Fact]
    public async Task Gateway_SiloKilledAndStartedAgain_GoesOnWithTheSameSession()
    {
        await MakeKeysAsync();
        var silo = await StartSiloAsync();
        await using var gateway = await StartGatewayAsync();
        await using var session = await SignUpAsync(gateway);
        var source = _folder.File("source");
        await File.WriteAllBytesAsync(source, RandomNumberGenerator.GetBytes(1_000));
        var sent = await session.SendAsync(source, "source", null, null, default);

        await using (silo)
        {
            await silo.KillAsync();
        }

        var away = await Assert.ThrowsAsync<VaultException>(() => session.GetStatusAsync(default));
        await using var next = await StartSiloAsync();
        var file = await UntilServedAsync(() => session.FindAsync("source", default));
        await session.ReceiveAsync(sent, _folder.File("target"), null, null, default);

        Assert.Equal(VaultErrorCode.ServerBusy, away.Code);
        Assert.Equal(sent.Id, file?.Id);
        Assert.Equal(await File.ReadAllBytesAsync(source), await File.ReadAllBytesAsync(_folder.File("target")));
    }

    [Fact]
    public async Task Silo_CallerWithoutTheKey_IsSentAway()
    {
        await MakeKeysAsync();
        await using var silo = await StartSiloAsync();
        using var client = new TcpClient();
        await client.ConnectAsync(IPEndPoint.Parse(silo.Listening));
        var received = 0;
        try
        {
            await client.GetStream().WriteAsync(RandomNumberGenerator.GetBytes(70_000));
            received = await client.GetStream().ReadAsync(new byte[1_000]);
        }
        catch (IOException)
        {
            // A reset is as good an end.
        }

        Assert.Equal(0, received);
    }

    private static async Task<T> UntilServedAsync<T>(Func<Task<T>> request)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            try
            {
                return await request();
            }
            catch (VaultException error) when (error.Code == VaultErrorCode.ServerBusy)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), patience.Token);
            }
        }
    }

    private async Task<VaultSession> SignUpAsync(HostProcess gateway)
    {
        using var password = RunningVault.Secret(RunningVault.Password);
        await using var account = await VaultAccount.CreateAsync(gateway.Address, "ada@example.org", password, Options, default);
        return account.TakeSession();
    }

    // A cluster's processes share key files that one server made on an empty folder.
    private async Task MakeKeysAsync()
    {
        await using var server = await HostProcess.StartServerAsync("--data", _folder.File("data"), "--listen", "127.0.0.1:0");
    }

    private Task<HostProcess> StartSiloAsync() => HostProcess.StartSiloAsync(
        "--data", _folder.File("data"), "--role", "silo", "--gateway-port", _gatewayPort);

    private Task<HostProcess> StartGatewayAsync() => HostProcess.StartGatewayAsync(
        "--data", _folder.File("data", "content"), "--keys", _folder.File("data", "gateway.key"),
        "--silo", $"127.0.0.1:{_gatewayPort}", "--listen", "127.0.0.1:0");

    private static string FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return $"{((IPEndPoint)listener.LocalEndpoint).Port}";
    }
}

using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Vault.Client;
using Vault.Gateway.Keys;
using Vault.Tests.Server;
using Vault.Tests.Support;

namespace Vault.EndToEnd.Tests.Processes;

/// <summary>Silo and gateway as two processes that come and go in any order, over the cluster's own Noise key.</summary>
public sealed class TwoProcessTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly TemporaryFolder _folder = new();
    private readonly string _gatewayPort = FreePort();

    private ConnectOptions Options => new() { StateFolder = _folder.File("state"), ReconnectFor = TimeSpan.FromSeconds(1) };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Gateway_BesideASilo_ServesAccountsAndFiles()
    {
        await MakeKeysAsync();
        await using var silo = await StartSiloAsync();
        await using var gateway = await StartGatewayAsync();
        await using var session = await SignUpAsync(gateway);
        var content = RandomNumberGenerator.GetBytes(12_000_000);
        await File.WriteAllBytesAsync(_folder.File("source"), content);

        var file = await session.SendAsync(_folder.File("source"), "source", null, null, default);
        await session.ReceiveAsync(file, _folder.File("target"), null, null, default);
        await session.RemoveAsync(file, default);

        Assert.Equal(content, await File.ReadAllBytesAsync(_folder.File("target")));
        Assert.Empty(Directory.EnumerateFiles(_folder.File("data", "content", "blobs"), "*", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData("your-server#vaultserver1")]
    [InlineData("vault.example.org:7117#vaultserver1", "--Vault:Mail:PublicAddress", "vault.example.org:7117")]
    public async Task Mail_OfASiloAlone_NamesTheAddressThatItWasToldAndNoOther(string named, params string[] options)
    {
        await MakeKeysAsync();
        await using var silo = await StartSiloAsync(options);
        await using var gateway = await StartGatewayAsync();
        await using var session = await SignUpAsync(gateway);

        await VaultRecovery.RequestAsync(gateway.Address, "ada@example.org", Options, default);

        using var mail = await new Mailbox(_folder.File("data", "mail")).NextAsync("ada@example.org", "recovery code");
        Assert.Contains(named, mail.TextBody, StringComparison.Ordinal);
        Assert.DoesNotContain("localhost:", mail.TextBody, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gateway_WithAnotherClusterKey_EndsAndSaysWhichKey()
    {
        await MakeKeysAsync();
        await using var silo = await StartSiloAsync();
        GatewayKeys.Create(_folder.File("other.key"));

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => StartGatewayAsync("other.key"));

        Assert.Contains("gateway-silo-key", error.Message, StringComparison.Ordinal);
    }

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

    private async Task<VaultSession> SignUpAsync(ServerProgram gateway)
    {
        using var password = RunningVault.Secret(RunningVault.Password);
        await using var account = await VaultAccount.CreateAsync(gateway.Address, "ada@example.org", password, Options, default);
        return account.TakeSession();
    }

    // A cluster's processes share key files that one server made on an empty folder.
    private async Task MakeKeysAsync()
    {
        await using var server = await ServerProgram.StartServerAsync("--data", _folder.File("data"), "--listen", "127.0.0.1:0");
    }

    private Task<ServerProgram> StartSiloAsync(params string[] options) => ServerProgram.StartSiloAsync(
        ["--data", _folder.File("data"), "--gateway-port", _gatewayPort, .. options]);

    private Task<ServerProgram> StartGatewayAsync(string key = "data/gateway.key") => ServerProgram.StartGatewayAsync(
        "--data", _folder.File("data", "content"), "--keys", _folder.File(key),
        "--silo", $"127.0.0.1:{_gatewayPort}", "--listen", "127.0.0.1:0");

    private static string FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return $"{((IPEndPoint)listener.LocalEndpoint).Port}";
    }
}

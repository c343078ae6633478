using System.Security.Cryptography;
using Vault.Client;
using Vault.Tests.Server;
using Vault.Tests.Support;

namespace Vault.EndToEnd.Tests.Hosting;

/// <summary>The server in one process, as an operator starts and stops it.</summary>
public sealed class ServerProcessTests : IDisposable
{
    private static readonly Dictionary<string, string> NoEnvironment = [];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Start_TwoOnOneMachine_BothServe()
    {
        await using var one = await HostProcess.StartServerAsync("--data", _folder.File("one"), "--listen=127.0.0.1:0");
        await using var two = await HostProcess.StartServerAsync("--listen=127.0.0.1:0", "--data", _folder.File("two"));

        await using var ada = await SignUpAsync(one);
        await using var bob = await SignUpAsync(two);

        Assert.NotEqual(one.Address.Key, two.Address.Key);
        Assert.NotEqual(ada.Account, bob.Account);
    }

    [SkippableFact]
    public async Task Stop_ConnectionsOpen_EndsCleanlyAndKeepsEverything()
    {
        Skip.If(OperatingSystem.IsWindows(), "There are no signals on Windows.");
        var content = RandomNumberGenerator.GetBytes(100_000);
        await File.WriteAllBytesAsync(_folder.File("source"), content);
        var first = await HostProcess.StartServerAsync("--data", _folder.File("data"), "--listen", "127.0.0.1:0");
        await using (first)
        {
            await using var session = await SignUpAsync(first);
            await session.SendAsync(_folder.File("source"), "source", null, null, default);

            Assert.Equal(0, await first.StopAsync());
        }

        await using var second = await HostProcess.StartServerAsync("--data", _folder.File("data"), "--listen", "127.0.0.1:0");
        using var password = RunningVault.Secret(RunningVault.Password);
        await using var again = await VaultSession.ConnectAsync(second.Address, "ada@example.org", password, Options, default);
        var file = await again.FindAsync("source", default);
        await again.ReceiveAsync(file!, _folder.File("target"), null, null, default); // found, or this throws

        Assert.Equal(first.Address.Key, second.Address.Key);
        Assert.Equal(content, await File.ReadAllBytesAsync(_folder.File("target")));
    }

    [SkippableFact]
    public async Task Stop_WhileSending_EndsCleanlyAndLeavesNothingHalf()
    {
        Skip.If(OperatingSystem.IsWindows(), "There are no signals on Windows.");
        await File.WriteAllBytesAsync(_folder.File("source"), RandomNumberGenerator.GetBytes(40_000_000));
        var first = await HostProcess.StartServerAsync("--data", _folder.File("data"), "--listen", "127.0.0.1:0");
        var acknowledged = new List<string>();
        await using (first)
        {
            await using var session = await SignUpAsync(first);
            var moving = new TaskCompletionSource();
            var sending = SendUntilStoppedAsync(session, acknowledged, moving);
            await moving.Task;

            Assert.Equal(0, await first.StopAsync());
            await sending;
        }

        await using var second = await HostProcess.StartServerAsync("--data", _folder.File("data"), "--listen", "127.0.0.1:0");
        using var password = RunningVault.Secret(RunningVault.Password);
        await using var again = await VaultSession.ConnectAsync(second.Address, "ada@example.org", password, Options, default);
        var listed = new List<string>();
        await foreach (var file in again.ListAsync(default))
        {
            listed.Add(file.Name);
            await again.ReceiveAsync(file, _folder.File("back"), new ReceiveOptions { Overwrite = true }, null, default);
        }

        Assert.Empty(acknowledged.Except(listed));
    }

    [Theory]
    [InlineData("Vault:Listen", "--listen", "nonsense")]
    [InlineData("Vault:Listen", "--listen", "127.0.0.1")]
    [InlineData("listen address", "--listen", "203.0.113.9:0")]
    [InlineData("--listen needs a value", "--listen")]
    [InlineData("Vault:Role", "--role", "gateway")]
    [InlineData("Vault:SiloPort", "--silo-port", "70000")]
    [InlineData("Vault:SiloPort", "--silo-port", "many")]
    [InlineData("Vault:MaxTransfers", "--Vault:MaxTransfers", "0")]
    [InlineData("Vault:MaxTransfers", "--Vault:MaxTransfers", "many")]
    [InlineData("Vault:TransferWait", "--Vault:TransferWait", "1.00:00:00")]
    [InlineData("AttemptLimits", "--Vault:Attempts:Capacity", "0")]
    [InlineData("Vault:Data", "--data", "")]
    [InlineData("'data' means nothing", "data")]
    [InlineData("'--help' means nothing", "--help")]
    public async Task Start_OptionThatCannotBeUsed_IsNamedInOneLine(string named, params string[] options)
    {
        var (exitCode, errors) = await HostProcess.RunServerAsync(
            NoEnvironment, ["--data", _folder.File("data"), "--listen", "127.0.0.1:0", .. options]);

        AssertOneLine(named, exitCode, errors);
    }

    [Fact]
    public async Task Start_VariableThatCannotBeUsed_IsNamedInOneLine()
    {
        var (exitCode, errors) = await HostProcess.RunServerAsync(
            new Dictionary<string, string> { ["Vault__Listen"] = "nonsense" }, "--data", _folder.File("data"));

        AssertOneLine("Vault:Listen", exitCode, errors);
    }

    [Fact]
    public async Task Start_DataIsNoFolder_SaysSo()
    {
        await File.WriteAllTextAsync(_folder.File("data"), "a file");

        var (exitCode, errors) = await HostProcess.RunServerAsync(NoEnvironment, "--data", _folder.File("data"));

        AssertOneLine("data folder", exitCode, errors);
    }

    [Fact]
    public async Task Start_SiloAloneWithoutKeys_MakesNoneAndSaysWhereTheyComeFrom()
    {
        var (exitCode, errors) = await HostProcess.RunServerAsync(
            NoEnvironment, "--data", _folder.File("data"), "--role", "silo");

        AssertOneLine("silo.key", exitCode, errors);
        Assert.Empty(Directory.GetFiles(_folder.File("data"), "*.key"));
    }

    [Theory]
    [InlineData("silo.key")]
    [InlineData("gateway.key")]
    public async Task Start_KeyFileCut_RefusesAndLeavesItAsItIs(string name)
    {
        await using (await HostProcess.StartServerAsync("--data", _folder.File("data"), "--listen", "127.0.0.1:0"))
        {
        }

        var key = _folder.File("data", name);
        await using (var file = File.OpenWrite(key))
        {
            file.SetLength(file.Length / 2);
        }

        var before = await File.ReadAllBytesAsync(key);
        var (exitCode, errors) = await HostProcess.RunServerAsync(NoEnvironment, "--data", _folder.File("data"));

        AssertOneLine("Restore it from a backup", exitCode, errors);
        Assert.Equal(before, await File.ReadAllBytesAsync(key));
    }

    [Fact]
    public async Task Start_BothKeyFilesLost_MakesNoNewOnesWhereThereAreAccounts()
    {
        await using (var server = await HostProcess.StartServerAsync("--data", _folder.File("data"), "--listen", "127.0.0.1:0"))
        {
            await using var session = await SignUpAsync(server);
        }

        File.Delete(_folder.File("data", "silo.key"));
        File.Delete(_folder.File("data", "gateway.key"));
        var (exitCode, errors) = await HostProcess.RunServerAsync(NoEnvironment, "--data", _folder.File("data"));

        AssertOneLine("lock everyone out", exitCode, errors);
        Assert.Empty(Directory.GetFiles(_folder.File("data"), "*.key"));
    }

    private ConnectOptions Options => new() { StateFolder = _folder.File("state") };

    private static void AssertOneLine(string named, int exitCode, string errors)
    {
        Assert.Equal(2, exitCode);
        Assert.StartsWith("vault: ", errors, StringComparison.Ordinal);
        Assert.Contains(named, Assert.Single(errors.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    private async Task SendUntilStoppedAsync(VaultSession session, List<string> acknowledged, TaskCompletionSource moving)
    {
        var progress = new Reporter(moving);
        for (var number = 0; ; number++)
        {
            try
            {
                await session.SendAsync(_folder.File("source"), $"file {number}", null, progress, default);
            }
            catch (VaultException)
            {
                moving.TrySetResult();
                return;
            }

            acknowledged.Add($"file {number}");
        }
    }

    private async Task<VaultSession> SignUpAsync(HostProcess server)
    {
        using var password = RunningVault.Secret(RunningVault.Password);
        await using var account = await VaultAccount.CreateAsync(server.Address, "ada@example.org", password, Options, default);
        return account.TakeSession();
    }

    private sealed class Reporter(TaskCompletionSource moving) : IProgress<TransferProgress>
    {
        public void Report(TransferProgress value)
        {
            if (value.Bytes > 0)
            {
                moving.TrySetResult();
            }
        }
    }
}

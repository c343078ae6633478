using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Vault.Client;
using Vault.Tests.Server;
using Vault.Tests.Support;

namespace Vault.Cluster.Tests.Deploy;

/// <summary>The one command that starts a cluster on this machine, and the other that stops it.</summary>
public sealed class LocalClusterScriptTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    [SkippableTheory]
    [InlineData("")] // redis-server where it is installed
    [InlineData("garnet")]
    public async Task Script_UpAndDown_ServesInBetweenAndKeepsWhatItStored(string redis)
    {
        Skip.If(OperatingSystem.IsWindows(), "The script is for bash.");
        using var folder = new TemporaryFolder();
        var port = FirstPort();
        try
        {
            var address = await UpAsync(folder, port, redis);
            var content = RandomNumberGenerator.GetBytes(2_000_000);
            await File.WriteAllBytesAsync(folder.File("source"), content);
            using var password = RunningVault.Secret(RunningVault.Password);
            var options = new ConnectOptions { StateFolder = folder.File("state") };
            await using (var account = await VaultAccount.CreateAsync(address, "ada@example.org", password, options, default))
            {
                await account.Session.SendAsync(folder.File("source"), "source", null, null, default);
            }

            Assert.Equal(0, (await RunAsync("status", folder, port, redis)).ExitCode);
            var (exitCode, said) = await RunAsync("down", folder, port, redis);
            Assert.True(exitCode == 0, said);
            Assert.Equal(7, said.Split('\n').Count(line => line.EndsWith(" stopped", StringComparison.Ordinal)));
            Assert.NotEqual(0, (await RunAsync("status", folder, port, redis)).ExitCode);

            await using var again = await VaultSession.ConnectAsync(await UpAsync(folder, port, redis), "ada@example.org", password, options, default);
            await again.ReceiveAsync((await again.FindAsync("source", default))!, folder.File("target"), null, null, default); // found, or this throws
            Assert.Equal(content, await File.ReadAllBytesAsync(folder.File("target")));
        }
        finally
        {
            await RunAsync("down", folder, port, redis);
        }
    }

    private static async Task<ServerAddress> UpAsync(TemporaryFolder folder, int port, string redis)
    {
        var (exitCode, said) = await RunAsync("up", folder, port, redis);
        Assert.True(exitCode == 0, said);
        var lines = said.Split('\n');
        var places = lines.Single(line => line.StartsWith("Connect-Vault -Server ", StringComparison.Ordinal)).Split(' ')[^1];
        var key = lines.Single(line => line.StartsWith("Server key", StringComparison.Ordinal)).Split(' ')[^1];
        Assert.True(ServerAddress.TryParse($"{places}#{key}", out var address), said);
        return address;
    }

    private static async Task<(int ExitCode, string Said)> RunAsync(string command, TemporaryFolder folder, int port, string redis)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent?.Name ?? "Debug";
        var start = new ProcessStartInfo("bash", [Path.Combine(Repository.Root, "deploy", "cluster.sh"), command, folder.File("cluster")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["VAULT_FIRST_PORT"] = port.ToString(CultureInfo.InvariantCulture),
                ["VAULT_CONFIGURATION"] = configuration, // which is built already
                ["VAULT_REDIS"] = redis,
            },
        };
        using var script = Process.Start(start) ?? throw new InvalidOperationException("bash did not start.");
        using var patience = new CancellationTokenSource(Patience);
        var said = script.StandardOutput.ReadToEndAsync(patience.Token);
        var errors = script.StandardError.ReadToEndAsync(patience.Token);
        await script.WaitForExitAsync(patience.Token);
        return (script.ExitCode, await said + await errors);
    }

    // So many ports in a row that nobody listens on.
    private static int FirstPort()
    {
        while (true)
        {
            var first = RandomNumberGenerator.GetInt32(20_000, 30_000);
            var used = System.Net.NetworkInformation.IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Select(listener => listener.Port);
            if (!used.Any(port => port >= first && port < first + 22))
            {
                return first;
            }
        }
    }
}

using System.Globalization;
using System.Security.Cryptography;
using Vault.Client;
using Vault.Tests.Server;
using Vault.Tests.Support;

namespace Vault.EndToEnd.Tests.Processes;

/// <summary>A file far larger than any memory it may take. Slow and hungry for disk, so only where asked for.</summary>
public sealed class LargeFileTests
{
    private const string Switch = "VAULT_TEST_10GIB";
    private const long Length = 10L << 30;
    private const long MaxWorkingSet = 300L << 20;

    [SkippableFact]
    public async Task SendAndReceive_TenGibibytes_NeedsLittleMemoryOnEitherEnd()
    {
        Skip.IfNot(
            Environment.GetEnvironmentVariable(Switch) == "1", $"Takes minutes and 20 GiB of disk; set {Switch}=1 to run it.");
        Skip.IfNot(OperatingSystem.IsLinux(), "Reads a process's peak memory from /proc.");
        using var folder = new TemporaryFolder();
        var source = folder.File("source");
        CreateSparse(source);
        await using var server = await ServerProgram.StartServerAsync(
            "--data", folder.File("data"), "--listen", "127.0.0.1:0", "--Vault:Sends:QuotaBytes", $"{2 * Length}");
        using var password = RunningVault.Secret(RunningVault.Password);
        var options = new ConnectOptions { StateFolder = folder.File("state") };
        await using var account = await VaultAccount.CreateAsync(server.Address, "ada@example.org", password, options, default);
        ForgetPeak();

        var sent = await account.Session.SendAsync(source, "large.bin", null, null, default);
        var target = folder.File("target");
        await account.Session.ReceiveAsync(sent, target, null, null, default);

        Assert.Equal(Length, new FileInfo(target).Length);
        Assert.Equal(await HashAsync(source), await HashAsync(target));
        Assert.Equal(sent.Sha256, await HashAsync(target));
        var (client, vault) = (PeakOf("self"), PeakOf($"{server.Id}"));
        Assert.True(client < MaxWorkingSet, $"The client took {client >> 20} MiB.");
        Assert.True(vault < MaxWorkingSet, $"The server took {vault >> 20} MiB.");
    }

    // A few random blocks in between, so that no two parts are alike; the rest is holes.
    private static void CreateSparse(string path)
    {
        using var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write);
        for (var offset = 0L; offset < Length; offset += 16 << 20)
        {
            RandomAccess.Write(file, RandomNumberGenerator.GetBytes(4096), offset);
        }

        RandomAccess.SetLength(file, Length);
    }

    private static async Task<string> HashAsync(string path)
    {
        await using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(file));
    }

    // This process ran other tests and Argon2id: only what comes now counts (proc(5), clear_refs).
    private static void ForgetPeak()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        File.WriteAllText("/proc/self/clear_refs", "5");
    }

    private static long PeakOf(string process)
    {
        var line = File.ReadLines($"/proc/{process}/status").Single(text => text.StartsWith("VmHWM:", StringComparison.Ordinal));
        return 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture);
    }
}

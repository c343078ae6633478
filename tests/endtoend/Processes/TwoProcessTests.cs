using System.Security.Cryptography;
using Vault.Client;
using Vault.Tests.Server;
using Vault.Tests.Support;

namespace Vault.EndToEnd.Tests.Processes;

/// <summary>Silo and gateway as two processes, the gateway an Orleans client over the cluster's own Noise key.</summary>
public sealed class TwoProcessTests
{
    [Fact]
    public async Task Gateway_BesideASilo_ServesAccountsAndFiles()
    {
        using var folder = new TemporaryFolder();
        await using var silo = await StartSiloAsync(folder);
        await using var gateway = await ServerProgram.StartAsync(
            "Vault.Gateway", "--data", folder.File("data", "content"), "--keys", folder.File("data", "gateway.key"),
            "--silo", silo.Lines["listening"], "--listen", "127.0.0.1:0");
        var options = new ConnectOptions { StateFolder = folder.File("state") };
        using var password = RunningVault.Secret(RunningVault.Password);
        await using var account = await VaultAccount.CreateAsync(gateway.Address, "ada@example.org", password, options, default);
        var content = RandomNumberGenerator.GetBytes(12_000_000);
        await File.WriteAllBytesAsync(folder.File("source"), content);

        var file = await account.Session.SendAsync(folder.File("source"), "source", null, null, default);
        await account.Session.ReceiveAsync(file, folder.File("target"), null, null, default);
        await account.Session.RemoveAsync(file.Id, default);

        Assert.Equal(SHA256.HashData(content), SHA256.HashData(await File.ReadAllBytesAsync(folder.File("target"))));
        Assert.Empty(Directory.EnumerateFiles(folder.File("data", "content", "blobs"), "*", SearchOption.AllDirectories));
    }

    // A cluster's processes share key files that were made once, by a server in one process on an empty folder.
    private static async Task<ServerProgram> StartSiloAsync(TemporaryFolder folder)
    {
        await using (await ServerProgram.StartAsync("Vault.Silo", "--data", folder.File("data"), "--listen", "127.0.0.1:0"))
        {
        }

        return await ServerProgram.StartAsync("Vault.Silo", "--data", folder.File("data"), "--role", "silo");
    }
}

using System.Security.Cryptography;
using Vault.Protocol;
using Vault.Tests.Server;
using Vault.Tests.Support;

namespace Vault.Client.Tests.Files;

/// <summary>A disk that is full, at the receiver's end and at the server's.</summary>
public sealed class FullDiskTests
{
    [SkippableTheory]
    [InlineData(0, 1)] // not even the first byte
    [InlineData(0, 200_000)]
    [InlineData(64 * 1024, 200_000)]
    [InlineData(2 * 1024 * 1024, 12_000_000)] // in the first part
    [InlineData(6 * 1024 * 1024, 12_000_000)] // in the second
    public async Task Receive_DiskFull_NamesTheTargetAndLeavesNothing(int free, int length)
    {
        using var disk = SmallDisk.MountOrSkip(8);
        await using var vault = await RunningVault.StartAsync();
        await using var session = await vault.CreateAsync();
        var content = RandomNumberGenerator.GetBytes(length);
        var file = await session.SendAsync(vault.Write("source", content), "source", null, null, default);
        var folder = Directory.CreateDirectory(Path.Combine(disk.Path, "out")).FullName;
        var target = Path.Combine(folder, "target.bin");
        var filler = disk.FillExcept(free);

        var error = await Assert.ThrowsAsync<VaultException>(() => session.ReceiveAsync(file, target, null, null, default));

        Assert.Equal(VaultErrorCode.DiskFull, error.Code);
        Assert.Contains("disk is full", error.Message, StringComparison.Ordinal);
        Assert.Contains(target, error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder));
        if (length < 8 * 1024 * 1024)
        {
            File.Delete(filler);
            await session.ReceiveAsync(file, target, null, null, default);
            Assert.Equal(content, await File.ReadAllBytesAsync(target));
        }
    }

    [SkippableFact]
    public async Task Receive_DiskFullOverAFileThatIsThere_KeepsIt()
    {
        using var disk = SmallDisk.MountOrSkip(8);
        await using var vault = await RunningVault.StartAsync();
        await using var session = await vault.CreateAsync();
        var file = await session.SendAsync(
            vault.Write("source", RandomNumberGenerator.GetBytes(12_000_000)), "source", null, null, default);
        var folder = Directory.CreateDirectory(Path.Combine(disk.Path, "out")).FullName;
        var target = Path.Combine(folder, "target.bin");
        await File.WriteAllTextAsync(target, "what was there");

        var error = await Assert.ThrowsAsync<VaultException>(
            () => session.ReceiveAsync(file, target, new ReceiveOptions { Overwrite = true }, null, default));

        Assert.Equal(VaultErrorCode.DiskFull, error.Code);
        Assert.Equal("what was there", await File.ReadAllTextAsync(target));
        Assert.Equal([target], Directory.EnumerateFileSystemEntries(folder));
    }

    [SkippableFact]
    public async Task CreateAccessKey_DiskFull_SaysSoAndLeavesNothing()
    {
        using var disk = SmallDisk.MountOrSkip();
        await using var vault = await RunningVault.StartAsync();
        await using var session = await vault.CreateAsync();
        disk.FillExcept(0);
        var path = Path.Combine(disk.Path, "access.key");

        var error = await Assert.ThrowsAsync<VaultException>(
            () => session.CreateAccessKeyAsync("full", AccessScope.All, DateTimeOffset.UtcNow.AddDays(1), path, default));

        Assert.Equal(VaultErrorCode.DiskFull, error.Code);
        Assert.Equal(["filler"], Directory.EnumerateFileSystemEntries(disk.Path).Select(Path.GetFileName));
        Assert.Empty(await session.ListAccessKeysAsync(default));
    }

    [SkippableTheory]
    [InlineData(8 * 1024, 100_000)] // in one request
    [InlineData(300_000, 3_000_000)] // in parts
    [InlineData(5_000_000, 12_000_000)]
    [InlineData(0, 10)]
    public async Task Send_ServersDiskFull_StoresNothingAndOthersReadOn(int free, int length)
    {
        using var disk = SmallDisk.MountOrSkip(24);
        await using var vault = await RunningVault.StartAsync(null, "--data", disk.Path);
        await using var ada = await vault.CreateAsync();
        await using var eve = await vault.CreateAsync("eve@example.org");
        var earlier = await eve.SendAsync(vault.Write("earlier", "was there before"u8), "earlier", null, null, default);
        var source = vault.Write("source", RandomNumberGenerator.GetBytes(length));
        var filler = disk.FillExcept(free);

        var error = await Assert.ThrowsAsync<VaultException>(() => ada.SendAsync(source, "source", null, null, default));

        Assert.Equal(VaultErrorCode.StorageUnavailable, error.Code);
        Assert.NotEmpty(error.Message);
        Assert.Empty(await ListAsync(ada));
        Assert.Null(await ada.FindAsync("source", default));
        Assert.Equal(["earlier"], (await ListAsync(eve)).Select(file => file.Name));
        await eve.ReceiveAsync(earlier, Path.Combine(vault.Folder, "earlier-back"), null, null, default);
        Assert.Equal("was there before", await File.ReadAllTextAsync(Path.Combine(vault.Folder, "earlier-back")));

        File.Delete(filler);
        var sent = await ada.SendAsync(source, "source", null, null, default);
        Assert.Equal(1, sent.Version);
        await ada.ReceiveAsync(sent, Path.Combine(vault.Folder, "back"), null, null, default);
        Assert.Equal(await File.ReadAllBytesAsync(source), await File.ReadAllBytesAsync(Path.Combine(vault.Folder, "back")));
        Assert.Equal(sent.StoredLength, (await ada.GetStatusAsync(default)).UsedBytes);
        await vault.RestartAsync();
        Assert.Equal(["source"], (await ListAsync(ada)).Select(file => file.Name));
    }

    private static async Task<List<VaultFile>> ListAsync(VaultSession session)
    {
        var files = new List<VaultFile>();
        await foreach (var file in session.ListAsync(default))
        {
            files.Add(file);
        }

        return files;
    }
}

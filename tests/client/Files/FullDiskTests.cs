using System.Security.Cryptography;
using Vault.Tests.Server;
using Vault.Tests.Support;

namespace Vault.Client.Tests.Files;

/// <summary>No room, here or there: said so, and nothing half-written anywhere.</summary>
public sealed class FullDiskTests
{
    [SkippableTheory]
    [InlineData(1_500_000)]
    [InlineData(9_000_000)]
    public async Task Receive_OntoAFullDisk_SaysSoAndLeavesNothing(int length)
    {
        using var disk = SmallDisk.MountOrSkip();
        await using var vault = await RunningVault.StartAsync();
        await using var session = await vault.CreateAsync();
        var file = await session.SendAsync(
            vault.Write("big", RandomNumberGenerator.GetBytes(length)), "big", null, null, default);
        var target = Path.Combine(disk.Path, "target");
        await File.WriteAllTextAsync(target, "old");

        var error = await Assert.ThrowsAsync<VaultException>(
            () => session.ReceiveAsync(file, target, new ReceiveOptions { Overwrite = true }, null, default));

        Assert.True(error.Code == VaultErrorCode.DiskFull, $"{error.Code}: {error.Message}");
        Assert.Equal([target], Directory.EnumerateFileSystemEntries(disk.Path));
        Assert.Equal("old", await File.ReadAllTextAsync(target));
    }

    [SkippableTheory]
    [InlineData(200_000)]
    [InlineData(3_000_000)]
    public async Task Send_ToAServerWithoutRoom_FailsAndWorksAgainWhenThereIsSome(int length)
    {
        using var disk = SmallDisk.MountOrSkip(mebibytes: 16);
        await using var vault = await RunningVault.StartAsync(null, "--data", Path.Combine(disk.Path, "data"));
        await using var session = await vault.CreateAsync();
        var kept = await session.SendAsync(vault.Write("kept", "kept"u8), "kept", null, null, default);
        var filler = disk.FillExcept(96 * 1024);
        var source = vault.Write("big", RandomNumberGenerator.GetBytes(length));

        var error = await Assert.ThrowsAsync<VaultException>(() => session.SendAsync(source, "big", null, null, default));

        Assert.True(error.Code == VaultErrorCode.StorageUnavailable, $"{error.Code}: {error.Message}");
        Assert.Null(await session.FindAsync("big", default));
        var target = Path.Combine(vault.Folder, "target");
        await session.ReceiveAsync(kept, target, null, null, default); // reading needs no room
        File.Delete(filler);

        var sent = await session.SendAsync(source, "big", null, null, default);
        await session.ReceiveAsync(sent, target, new ReceiveOptions { Overwrite = true }, null, default);
        Assert.Equal(await File.ReadAllBytesAsync(source), await File.ReadAllBytesAsync(target));
    }
}

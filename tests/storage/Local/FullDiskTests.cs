using Vault.Storage.Local;
using Vault.Tests.Support;

namespace Vault.Storage.Tests.Local;

public sealed class FullDiskTests
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly StreamName Users = StreamName.Create("users", "5f0c11");

    [SkippableFact]
    public async Task AppendAsync_DiskFullInTheMiddleOfALine_LeavesTheStreamAsItWas()
    {
        using var disk = SmallDisk.MountOrSkip();
        using var folder = LocalDataFolder.Open(disk.Path);
        var log = new LocalEventLog(folder);
        var head = await log.AppendManyAsync(Users, 3);
        var path = Path.Combine(disk.Path, "streams", "users", "5f", "5f0c11.jsonl");
        var filler = disk.FillExcept(8192);
        var large = Events.New(4, "\"" + new string('x', 100_000) + "\"");
        var error = await Expect.StorageErrorAsync(
            StorageError.Unavailable, () => log.AppendAsync(Users, head, large, None));
        Assert.Contains("disk is full", error.Message, StringComparison.Ordinal);
        Assert.Equal(head.Position, new FileInfo(path).Length);
        Assert.Equal(head, (await log.AllAsync(Users))[^1].Head);
        File.Delete(filler);
        head = await log.AppendAsync(Users, head, large, None);
        Assert.Equal(head, (await log.AllAsync(Users))[^1].Head);
    }

    [SkippableFact]
    public async Task WriteSnapshotAsync_DiskFull_KeepsTheOldOne()
    {
        using var disk = SmallDisk.MountOrSkip();
        using var folder = LocalDataFolder.Open(disk.Path);
        var log = new LocalEventLog(folder);
        var head = await log.AppendManyAsync(Users, 3);
        await log.WriteSnapshotAsync(Users, new StoredSnapshot(head, "old.v1", "{}"u8.ToArray()), None);
        disk.FillExcept(8192);
        byte[] state = [(byte)'"', .. Enumerable.Repeat((byte)'x', 100_000), (byte)'"'];
        await Expect.StorageErrorAsync(
            StorageError.Unavailable,
            () => log.WriteSnapshotAsync(Users, new StoredSnapshot(head, "new.v1", state), None));
        Assert.Equal("old.v1", (await log.ReadSnapshotAsync(Users, None))!.Type);
        Assert.Empty(Directory.GetFiles(Path.Combine(disk.Path, "temporary")));
    }

    [SkippableFact]
    public async Task CreateAsync_DiskFull_SaysSoAndLeavesNothing()
    {
        using var disk = SmallDisk.MountOrSkip();
        using var folder = LocalDataFolder.Open(disk.Path);
        var store = new LocalBlobStore(folder);
        var name = BlobName.Create("files", "5f0c11", "1");
        await store.CreateAsync(name, "old"u8.ToArray(), None);
        var filler = disk.FillExcept(8192);
        foreach (var write in new Func<Task>[]
                 {
                     () => store.ReplaceAsync(name, new byte[100_000], None),
                     () => store.CreateAsync(BlobName.Create("files", "5f0c11", "2"), new byte[100_000], None),
                 })
        {
            var error = await Expect.StorageErrorAsync(StorageError.Unavailable, write);
            Assert.Contains("disk is full", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal("old"u8.ToArray(), await store.ReadAsync(name, 10, None));
        Assert.Null(await store.LengthAsync(BlobName.Create("files", "5f0c11", "2"), None));
        Assert.Empty(Directory.GetFiles(Path.Combine(disk.Path, "temporary")));
        File.Delete(filler);
        await store.ReplaceAsync(name, new byte[100_000], None);
    }

    [SkippableFact]
    public async Task StagePartAsync_DiskFull_KeepsTheGoodPartsAndGoesOnLater()
    {
        using var disk = SmallDisk.MountOrSkip();
        using var folder = LocalDataFolder.Open(disk.Path);
        var store = new LocalBlobStore(folder);
        var blob = TestBlob.Create(1, 300_000, 100_000);
        await store.StagePartAsync(blob.Name, blob.Parts[0], blob.Open(blob.Parts[0]), None);
        var filler = disk.FillExcept(50_000);
        var error = await Expect.StorageErrorAsync(
            StorageError.Unavailable,
            () => store.StagePartAsync(blob.Name, blob.Parts[1], blob.Open(blob.Parts[1]), None));
        Assert.Contains("disk is full", error.Message, StringComparison.Ordinal);
        Assert.Equal([blob.Parts[0]], await store.StagedPartsAsync(blob.Name, None));
        File.Delete(filler);
        foreach (var part in blob.Parts.Skip(1))
        {
            await store.StagePartAsync(blob.Name, part, blob.Open(part), None);
        }

        await store.CommitAsync(blob.Name, blob.Parts, None);
        Assert.Equal(blob.Content, await store.ReadAsync(blob.Name, blob.Content.Length, None));
    }

    [SkippableFact]
    public async Task StagePartAsync_DiskFullAtTheFirstPart_LeavesNothing()
    {
        using var disk = SmallDisk.MountOrSkip();
        using var folder = LocalDataFolder.Open(disk.Path);
        var store = new LocalBlobStore(folder);
        var blob = TestBlob.Create(1, 100_000, 100_000);
        disk.FillExcept(50_000);
        await Expect.StorageErrorAsync(
            StorageError.Unavailable,
            () => store.StagePartAsync(blob.Name, blob.Parts[0], blob.Open(blob.Parts[0]), None));
        Assert.Empty(Directory.GetFiles(Path.Combine(disk.Path, "staging"), "*", SearchOption.AllDirectories));
    }
}

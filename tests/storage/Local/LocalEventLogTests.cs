using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Vault.Storage.Lines;
using Vault.Storage.Local;

namespace Vault.Storage.Tests.Local;

public sealed class LocalEventLogTests : EventLogContract, IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly TemporaryFolder _temporary = new();
    private readonly LocalDataFolder _folder;

    public LocalEventLogTests()
    {
        _folder = LocalDataFolder.Open(_temporary.Path);
        Log = new LocalEventLog(_folder);
    }

    protected override IEventLog Log { get; }

    private string StreamPath => Path.Combine(_temporary.Path, "streams", "users", "5f", "5f0c11.jsonl");

    private string SnapshotPath => Path.ChangeExtension(StreamPath, ".snapshot.json");

    public void Dispose()
    {
        _folder.Dispose();
        _temporary.Dispose();
    }

    [Fact]
    public async Task AppendAsync_File_HasTheDocumentedLines()
    {
        await Log.AppendManyAsync(Users, 2);
        var previous = new byte[32];
        var lines = await File.ReadAllLinesAsync(StreamPath);
        Assert.Equal(2, lines.Length);
        for (var version = 1; version <= 2; version++)
        {
            var content = $"{{\"version\":{version},\"time\":\"2025-01-31T12:00:00.{version:D7}Z\","
                + $"\"type\":\"test.happened.v1\",\"data\":{{\"number\":{version}}}";
            previous = SHA256.HashData([.. previous, .. Encoding.UTF8.GetBytes(content)]);
            Assert.Equal($"{content},\"hash\":\"{Convert.ToHexStringLower(previous)}\"}}", lines[version - 1]);
            using var json = JsonDocument.Parse(lines[version - 1]);
            Assert.Equal(version, json.RootElement.GetProperty("data").GetProperty("number").GetInt32());
        }
    }

    [Fact]
    public async Task ReadAsync_LastLineTornAtAnyByte_KeepsTheOthersAndTheNextAppendCutsIt()
    {
        var head = await Log.AppendManyAsync(Users, 2);
        await Log.AppendAsync(Users, head, Events.New(3), None);
        var whole = await File.ReadAllBytesAsync(StreamPath);
        for (var length = (int)head.Position; length < whole.Length; length++)
        {
            await File.WriteAllBytesAsync(StreamPath, whole[..length]);
            var events = await Log.AllAsync(Users);
            Assert.Equal(head, events[^1].Head);
            Assert.Equal(length, new FileInfo(StreamPath).Length);
            var again = await Log.AppendAsync(Users, head, Events.New(33), None);
            Assert.Equal(again, (await Log.AllAsync(Users))[^1].Head);
            Assert.Equal(3, (await File.ReadAllLinesAsync(StreamPath)).Length);
        }
    }

    [Fact]
    public async Task ReadAsync_AnyByteFlipped_IsDamageAndChangesNothing()
    {
        await Log.AppendManyAsync(Users, 3);
        var heads = (await Log.AllAsync(Users)).ConvertAll(e => e.Head);
        var whole = await File.ReadAllBytesAsync(StreamPath);
        for (var at = 0; at < whole.Length; at++)
        {
            var version = heads.FindIndex(head => at < head.Position) + 1;
            var start = version == 1 ? 0 : heads[version - 2].Position;
            byte[] bad = [.. whole];
            bad[at] ^= 0x20;
            await File.WriteAllBytesAsync(StreamPath, bad);
            var error = await Expect.StorageErrorAsync(StorageError.Damaged, () => Log.AllAsync(Users));
            Assert.Contains("users/5f0c11", error.Message, StringComparison.Ordinal);
            Assert.Contains($"version {version}, at byte {start}", error.Message, StringComparison.Ordinal);
            if (at < heads[1].Position)
            {
                // A writer that has read on keeps the rest safe; it is not its task to look back.
                continue;
            }

            var refused = await Assert.ThrowsAsync<StorageException>(
                () => Log.AppendAsync(Users, heads[1], Events.New(9), None));
            Assert.Contains(refused.Reason, new[] { StorageError.Conflict, StorageError.Damaged });
            Assert.Equal(bad, await File.ReadAllBytesAsync(StreamPath));
        }
    }

    [Fact]
    public async Task ReadAsync_LinesMissingSwappedOrRepeated_IsDamage()
    {
        await Log.AppendManyAsync(Users, 4);
        var lines = await File.ReadAllLinesAsync(StreamPath);
        foreach (var order in new int[][] { [0, 2, 3], [1, 2, 3], [0, 2, 1, 3], [0, 1, 1, 2, 3], [3, 2, 1, 0] })
        {
            await File.WriteAllTextAsync(StreamPath, string.Concat(order.Select(n => lines[n] + "\n")));
            await Expect.StorageErrorAsync(StorageError.Damaged, () => Log.AllAsync(Users));
        }
    }

    [Fact]
    public async Task ReadAsync_TailLongerThanALine_IsDamageAndIsNotCut()
    {
        var head = await Log.AppendManyAsync(Users, 1);
        await using (var file = new FileStream(StreamPath, FileMode.Append))
        {
            await file.WriteAsync(new byte[EventLine.MaxLength + 1]);
        }

        await Expect.StorageErrorAsync(StorageError.Damaged, () => Log.AllAsync(Users));
        await Expect.StorageErrorAsync(StorageError.Damaged, () => Log.AppendAsync(Users, head, Events.New(2), None));
        Assert.Equal(head.Position + EventLine.MaxLength + 1, new FileInfo(StreamPath).Length);
    }

    [Fact]
    public async Task ReadAsync_TailOfZeros_IsTorn()
    {
        // Some file systems leave zeros where a power cut kept the length and lost the bytes.
        var head = await Log.AppendManyAsync(Users, 1);
        await File.AppendAllTextAsync(StreamPath, new string('\0', 5_000));
        Assert.Single(await Log.AllAsync(Users));
        await Log.AppendAsync(Users, head, Events.New(2), None);
        Assert.Equal(2, (await Log.AllAsync(Users)).Count);
    }

    [Fact]
    public async Task ReadAsync_ReopenedFolder_SeesEverything()
    {
        var head = await Log.AppendManyAsync(Users, 5);
        _folder.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Log.AllAsync(Users));
        using var reopened = LocalDataFolder.Open(_temporary.Path);
        Assert.Equal(head, (await new LocalEventLog(reopened).AllAsync(Users))[^1].Head);
    }

    [Fact]
    public async Task ReadSnapshotAsync_AnyByteFlippedOrCut_IsNull()
    {
        var head = await Log.AppendManyAsync(Users, 2);
        await Log.WriteSnapshotAsync(Users, new StoredSnapshot(head, "test.v1", "{\"a\":1}"u8.ToArray()), None);
        var whole = await File.ReadAllBytesAsync(SnapshotPath);
        using (var json = JsonDocument.Parse(whole))
        {
            Assert.Equal(head.Hash.ToString(), json.RootElement.GetProperty("line").GetString());
        }

        for (var at = 0; at < whole.Length; at++)
        {
            byte[] bad = [.. whole];
            bad[at] ^= 0x01;
            await File.WriteAllBytesAsync(SnapshotPath, bad);
            Assert.Null(await Log.ReadSnapshotAsync(Users, None));
            await File.WriteAllBytesAsync(SnapshotPath, whole[..at]);
            Assert.Null(await Log.ReadSnapshotAsync(Users, None));
        }

        await File.WriteAllBytesAsync(SnapshotPath, whole);
        Assert.NotNull(await Log.ReadSnapshotAsync(Users, None));
    }

    [Fact]
    public async Task ReadSnapshotAsync_StreamCutBeforeIt_IsNull()
    {
        var first = await Log.AppendManyAsync(Users, 1);
        var head = await Log.AppendAsync(Users, first, Events.New(2), None);
        await Log.WriteSnapshotAsync(Users, new StoredSnapshot(head, "test.v1", "{}"u8.ToArray()), None);
        await File.WriteAllBytesAsync(StreamPath, (await File.ReadAllBytesAsync(StreamPath))[..(int)first.Position]);
        Assert.Null(await Log.ReadSnapshotAsync(Users, None));
    }

    [Fact]
    public async Task AppendAsync_ManyStreams_SpreadsThemOverShards()
    {
        for (var number = 0; number < 20; number++)
        {
            var id = (number * 13).ToString("x4", CultureInfo.InvariantCulture);
            await Log.AppendManyAsync(StreamName.Create("files", id), 1);
            Assert.True(File.Exists(Path.Combine(_temporary.Path, "streams", "files", id[..2], id + ".jsonl")));
        }
    }
}

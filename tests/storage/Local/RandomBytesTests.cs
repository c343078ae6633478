using FsCheck;
using FsCheck.Fluent;
using Vault.Storage.Lines;
using Vault.Storage.Local;

namespace Vault.Storage.Tests.Local;

/// <summary>Files that nobody wrote: whatever the bytes, a reader gets events, nothing, or a storage error.</summary>
public sealed class RandomBytesTests : IDisposable
{
    private static readonly StreamName Users = StreamName.Create("users", "5f0c11");

    private readonly TemporaryFolder _temporary = new();
    private readonly LocalDataFolder _folder;
    private readonly LocalEventLog _log;
    private readonly string _path;

    public RandomBytesTests()
    {
        _folder = LocalDataFolder.Open(_temporary.Path);
        _log = new LocalEventLog(_folder);
        var shard = Directory.CreateDirectory(Path.Combine(_temporary.Path, "streams", "users", "5f")).FullName;
        _path = Path.Combine(shard, "5f0c11.jsonl");
    }

    public void Dispose()
    {
        _folder.Dispose();
        _temporary.Dispose();
    }

    [Fact]
    public void ReadAsync_RandomBytes_GivesNoEventsOrDamage() => Prop.ForAll(
        ArbMap.Default.ArbFor<byte[]>(),
        bytes => Reads(bytes) == 0 && File.ReadAllBytes(_path).AsSpan().SequenceEqual(bytes))
        .QuickCheckThrowOnFailure();

    [Fact]
    public async Task ReadAsync_ValidStreamWithRandomEdits_NeverGivesAnotherEvent()
    {
        await _log.AppendManyAsync(Users, 5);
        var original = (await _log.AllAsync(Users)).ConvertAll(stored => stored.Text());
        var whole = await File.ReadAllBytesAsync(_path);
        var edits =
            from at in Gen.Choose(0, whole.Length - 1)
            from cut in Gen.Choose(0, 200)
            from insert in ArbMap.Default.GeneratorFor<byte[]>()
            select (At: at, Cut: cut, Insert: insert);
        Prop.ForAll(edits.ToArbitrary(), edit =>
        {
            var rest = Math.Min(whole.Length, edit.At + edit.Cut);
            byte[] edited = [.. whole[..edit.At], .. edit.Insert, .. whole[rest..]];
            File.WriteAllBytes(_path, edited);
            var read = new List<string>();
            var error = Record.Exception(() => Collect(read));
            return error is null or StorageException { Reason: StorageError.Damaged }
                && read.SequenceEqual(original.Take(read.Count))
                && File.ReadAllBytes(_path).AsSpan().SequenceEqual(edited);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public async Task ReadSnapshotAsync_RandomBytes_IsNull()
    {
        await _log.AppendManyAsync(Users, 1);
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes =>
        {
            File.WriteAllBytes(Path.ChangeExtension(_path, ".snapshot.json"), bytes);
            return _log.ReadSnapshotAsync(Users, CancellationToken.None).GetAwaiter().GetResult() is null;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Parse_SealedLinesOfOtherForms_AreRefused()
    {
        using var sha = System.Security.Cryptography.IncrementalHash.CreateHash(
            System.Security.Cryptography.HashAlgorithmName.SHA256);
        const string Good = "{\"version\":1,\"time\":\"2025-01-31T12:00:00.0000000Z\",\"type\":\"a.v1\",\"data\":";
        Assert.NotNull(Parse(Good, "1"));
        foreach (var opening in new[]
                 {
                     "", "{", "{\"version\":", Good[..^1], With("1,", "2,"), With("1,", "01,"), With("12:", "25:"),
                     With("Z", "z"), With("a.v1", ""), With("a.v1", "A"), With("data", "date"), With(",", ", "),
                 })
        {
            Assert.Null(Parse(opening, "1"));
        }

        Assert.Null(Parse(Good, ""));

        static string With(string old, string other) => Good.Replace(old, other, StringComparison.Ordinal);

        StoredEvent? Parse(string opening, string value) => EventLine.Parse(
            HashedLine.Seal(new byte[32], opening, System.Text.Encoding.ASCII.GetBytes(value), out _).AsSpan(..^1),
            StreamHead.Empty,
            sha);
    }

    private int Reads(byte[] bytes)
    {
        File.WriteAllBytes(_path, bytes);
        var read = new List<string>();
        try
        {
            Collect(read);
        }
        catch (StorageException error) when (error.Reason == StorageError.Damaged)
        {
            return read.Count;
        }

        return read.Count;
    }

    private void Collect(List<string> events) => Task.Run(async () =>
    {
        await foreach (var stored in _log.ReadAsync(Users, StreamHead.Empty, CancellationToken.None))
        {
            events.Add(stored.Text());
        }
    }).GetAwaiter().GetResult();
}

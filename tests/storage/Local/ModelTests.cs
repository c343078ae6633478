using FsCheck;
using FsCheck.Fluent;
using Vault.Storage.Local;

namespace Vault.Storage.Tests.Local;

/// <summary>
/// Random operations, restarts among them, on the stores and on dictionaries that say what must come out.
/// </summary>
public sealed class ModelTests
{
    private const int PartSize = 1000;

    private static readonly CancellationToken None = CancellationToken.None;

    public enum BlobStep
    {
        Create,
        Replace,
        Delete,
        Stage,
        StageBad,
        Commit,
        Abandon,
        DeleteFolder,
        Restart,
    }

    public enum StreamStep
    {
        Append,
        AppendStale,
        Tear,
        Snapshot,
        Delete,
        Restart,
    }

    [Fact]
    public void BlobStore_RandomOperations_AgreesWithAModel()
    {
        var step =
            from kind in Gen.Elements(Enum.GetValues<BlobStep>())
            from blob in Gen.Choose(0, 2)
            from part in Gen.Choose(0, 2)
            select (Kind: kind, Blob: blob, Part: part);
        Prop.ForAll(step.ListOf().Resize(60).ToArbitrary(), steps => Run(async () =>
        {
            using var temporary = new TemporaryFolder();
            var model = new BlobModel();
            LocalDataFolder? folder = null;
            try
            {
                folder = LocalDataFolder.Open(temporary.Path);
                var store = new LocalBlobStore(folder);
                foreach (var (kind, blob, part) in steps)
                {
                    if (kind == BlobStep.Restart)
                    {
                        folder.Dispose();
                        folder = LocalDataFolder.Open(temporary.Path);
                        store = new LocalBlobStore(folder);
                    }

                    await model.StepAsync(store, kind, blob, part);
                    await model.CompareAsync(store);
                }
            }
            finally
            {
                folder?.Dispose();
            }
        })).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void EventLog_RandomOperations_AgreesWithAModel()
    {
        var step =
            from kind in Gen.Frequency(
                (6, Gen.Constant(StreamStep.Append)), (5, Gen.Elements(Enum.GetValues<StreamStep>())))
            from stream in Gen.Choose(0, 2)
            from number in Gen.Choose(0, 1000)
            select (Kind: kind, Stream: stream, Number: number);
        Prop.ForAll(step.ListOf().Resize(60).ToArbitrary(), steps => Run(async () =>
        {
            using var temporary = new TemporaryFolder();
            var model = new StreamModel(temporary.Path);
            LocalDataFolder? folder = null;
            try
            {
                folder = LocalDataFolder.Open(temporary.Path);
                var log = new LocalEventLog(folder);
                foreach (var (kind, stream, number) in steps)
                {
                    if (kind == StreamStep.Restart)
                    {
                        folder.Dispose();
                        folder = LocalDataFolder.Open(temporary.Path);
                        log = new LocalEventLog(folder);
                    }

                    await model.StepAsync(log, kind, stream, number);
                    await model.CompareAsync(log);
                }
            }
            finally
            {
                folder?.Dispose();
            }
        })).QuickCheckThrowOnFailure();
    }

    private static void Run(Func<Task> test) => Task.Run(test).GetAwaiter().GetResult();

    /// <summary>Three names; small contents, and a large one each in three parts.</summary>
    private sealed class BlobModel
    {
        private readonly TestBlob[] _blobs =
            [.. Enumerable.Range(0, 3).Select(number => TestBlob.Create(number, (3 * PartSize) - 1, PartSize))];

        private readonly Dictionary<int, byte[]> _visible = [];
        private readonly Dictionary<int, SortedSet<int>> _staged = new() { [0] = [], [1] = [], [2] = [] };
        private byte _next;

        internal async Task StepAsync(LocalBlobStore store, BlobStep kind, int number, int index)
        {
            var blob = _blobs[number];
            var part = blob.Parts[index];
            switch (kind)
            {
                case BlobStep.Create:
                    byte[] created = [++_next];
                    Assert.Equal(_visible.TryAdd(number, created), await store.CreateAsync(blob.Name, created, None));
                    break;
                case BlobStep.Replace:
                    await store.ReplaceAsync(blob.Name, _visible[number] = [++_next, 0], None);
                    break;
                case BlobStep.Delete:
                    await store.DeleteAsync(blob.Name, None);
                    _visible.Remove(number);
                    break;
                case BlobStep.Stage:
                    await store.StagePartAsync(blob.Name, part, blob.Open(part), None);
                    if (!_visible.ContainsKey(number))
                    {
                        _staged[number].Add(index);
                    }

                    break;
                case BlobStep.StageBad when !_staged[number].Contains(index):
                    await Expect.StorageErrorAsync(StorageError.PartMismatch, () => store.StagePartAsync(
                        blob.Name, part, new MemoryStream(new byte[part.Length]), None));
                    break;
                case BlobStep.Commit:
                    await CommitAsync(store, number);
                    break;
                case BlobStep.Abandon:
                    await store.AbandonAsync(blob.Name, None);
                    _staged[number].Clear();
                    break;
                case BlobStep.DeleteFolder:
                    await store.DeleteFolderAsync(BlobName.Create("files", blob.Name.Segments[1]), None);
                    _visible.Remove(number);
                    _staged[number].Clear();
                    break;
            }
        }

        internal async Task CompareAsync(LocalBlobStore store)
        {
            var listed = new Dictionary<BlobName, long>();
            await foreach (var entry in store.ListAsync(BlobName.Create("files"), None))
            {
                listed.Add(entry.Name, entry.Length);
            }

            Assert.Equal(_visible.Count, listed.Count);
            for (var number = 0; number < _blobs.Length; number++)
            {
                var name = _blobs[number].Name;
                var expected = _visible.GetValueOrDefault(number);
                Assert.Equal(expected, await store.ReadAsync(name, 3 * PartSize, None));
                Assert.Equal(expected is not null, listed.TryGetValue(name, out var length));
                Assert.Equal(expected?.Length ?? 0, length);
                Assert.Equal(_staged[number], (await store.StagedPartsAsync(name, None)).Select(part => part.Index));
            }
        }

        private async Task CommitAsync(LocalBlobStore store, int number)
        {
            var blob = _blobs[number];
            if (_visible.TryGetValue(number, out var visible))
            {
                if (!visible.AsSpan().SequenceEqual(blob.Content))
                {
                    await Expect.StorageErrorAsync(
                        StorageError.Conflict, () => store.CommitAsync(blob.Name, blob.Parts, None));
                    return;
                }
            }
            else if (_staged[number].Count < blob.Parts.Count)
            {
                await Expect.StorageErrorAsync(
                    StorageError.PartMissing, () => store.CommitAsync(blob.Name, blob.Parts, None));
                return;
            }

            await store.CommitAsync(blob.Name, blob.Parts, None);
            _visible[number] = blob.Content;
            _staged[number].Clear();
        }
    }

    private sealed class StreamModel(string path)
    {
        private readonly StreamName[] _names =
            [.. Enumerable.Range(0, 3).Select(number => StreamName.Create("files", $"{number:x8}"))];

        private readonly List<StoredEvent>[] _events = [[], [], []];
        private readonly StoredSnapshot?[] _snapshots = new StoredSnapshot?[3];

        internal async Task StepAsync(LocalEventLog log, StreamStep kind, int number, int data)
        {
            var name = _names[number];
            var events = _events[number];
            var head = events.Count == 0 ? StreamHead.Empty : events[^1].Head;
            switch (kind)
            {
                case StreamStep.Append:
                    var added = Events.New(data);
                    var next = await log.AppendAsync(name, head, added, None);
                    Assert.Equal(head.Version + 1, next.Version);
                    events.Add(new StoredEvent(next, added.Time, added.Type, added.Data));
                    break;
                case StreamStep.AppendStale when events.Count > 0:
                    var stale = data % events.Count == 0 ? StreamHead.Empty : events[(data % events.Count) - 1].Head;
                    await Expect.StorageErrorAsync(
                        StorageError.Conflict, () => log.AppendAsync(name, stale, Events.New(data), None));
                    break;
                case StreamStep.Tear when events.Count > 0:
                    await File.AppendAllTextAsync(
                        Path.Combine(path, "streams", "files", "00", name.Id + ".jsonl"),
                        "{\"version\":"[..(data % 11)]);
                    break;
                case StreamStep.Snapshot when events.Count > 0:
                    var snapshot = new StoredSnapshot(events[data % events.Count].Head, "model.v1", events[0].Data);
                    await log.WriteSnapshotAsync(name, snapshot, None);
                    _snapshots[number] = snapshot;
                    break;
                case StreamStep.Delete:
                    await log.DeleteAsync(name, None);
                    events.Clear();
                    _snapshots[number] = null;
                    break;
            }
        }

        internal async Task CompareAsync(LocalEventLog log)
        {
            for (var number = 0; number < _names.Length; number++)
            {
                var snapshot = await log.ReadSnapshotAsync(_names[number], None);
                Assert.Equal(_snapshots[number]?.Head, snapshot?.Head);
                var from = snapshot?.Head ?? StreamHead.Empty;
                var read = await log.FromAsync(_names[number], from);
                Assert.Equal(
                    _events[number].Skip((int)from.Version).Select(e => (e.Head, e.Time, e.Text())),
                    read.Select(e => (e.Head, e.Time, e.Text())));
            }
        }
    }
}

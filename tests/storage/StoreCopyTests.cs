using Vault.Storage.Azure;
using Vault.Storage.Local;
using Vault.Storage.Tests.Azure;
using Vault.Tests.Support;

namespace Vault.Storage.Tests;

/// <summary>A whole store from a folder to Azure and back; cut off, resumed, and where something else lies.</summary>
public sealed class StoreCopyTests(AzuriteFixture fixture) : IClassFixture<AzuriteFixture>, IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly string[] Categories = ["users", "files"];

    private readonly TemporaryFolder _temporary = new();
    private readonly List<IDisposable> _opened = [];

    public void Dispose()
    {
        _opened.ForEach(opened => opened.Dispose());
        _temporary.Dispose();
    }

    [Fact]
    public async Task Run_FolderToAzureAndBack_KeepsEveryByteAndEveryHash()
    {
        var (source, azure, back) = (OpenFolder("source"), await OpenAzureAsync(), OpenFolder("back"));
        await FillAsync(source);

        var there = await new StoreCopy(source, azure, Categories).RunAsync(None);
        var again = await new StoreCopy(azure, back, Categories).RunAsync(None);

        Assert.Equal(there, again);
        Assert.Equal((3, 15), (there.Streams, there.Events));
        Assert.Equal(await DescribeAsync(source), await DescribeAsync(back));
        Assert.False(await StoreCopy.IsUnfinishedAsync(azure, None));

        // The snapshot too, at the target's own position.
        var stream = StreamName.Create("users", "a");
        var snapshot = await azure.Events.ReadSnapshotAsync(stream, None);
        Assert.Equal(3, snapshot?.Head.Version);
        Assert.Equal(2, (await azure.Events.FromAsync(stream, snapshot!.Head)).Count);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(9)]
    [InlineData(16)]
    [InlineData(20)]
    public async Task Run_CutOff_IsMarkedAndGoesOnWhereItWas(int requests)
    {
        var source = OpenFolder("source");
        await FillAsync(source);
        var wire = new FaultyWire();
        var (name, contents) = (fixture.Azurite.NewContainer(), fixture.Azurite.NewContainer());
        var sound = PlaceOf(Keep(Containers.Named(fixture.Azurite.Port, name)), await OpenAsync(contents));
        await OpenAsync(name);
        var writes = 0;
        wire.BeforeRequest = request => request.Method == HttpMethod.Put && Interlocked.Increment(ref writes) > requests
            ? throw FaultyWire.Broken()
            : Task.CompletedTask;
        var faulty = PlaceOf(
            Keep(Containers.Faulty(fixture.Azurite.Port, name, wire)), Keep(Containers.Faulty(fixture.Azurite.Port, contents, wire)));

        await Expect.StorageErrorAsync(StorageError.Unavailable, () => new StoreCopy(source, faulty, Categories).RunAsync(None));
        Assert.True(await StoreCopy.IsUnfinishedAsync(sound, None));
        await new StoreCopy(source, sound, Categories).RunAsync(None);

        Assert.False(await StoreCopy.IsUnfinishedAsync(sound, None));
        Assert.Equal(await DescribeAsync(source), await DescribeAsync(sound));
    }

    [Fact]
    public async Task Run_TargetNotEmpty_IsRefusedAndStaysAsItIs()
    {
        var source = OpenFolder("source");
        await FillAsync(source);
        foreach (var (name, fill) in new (string, Func<StorePlace, Task>)[]
                 {
                     ("events", place => place.Events.AppendManyAsync(StreamName.Create("files", "other"), 1)),
                     ("accounts", place => place.Accounts.CreateAsync(BlobName.Create("one"), default, None)),
                     ("content", place => place.Content.CreateAsync(BlobName.Create("one"), default, None)),
                 })
        {
            var target = OpenFolder(name);
            await fill(target);
            var before = await DescribeAsync(target);

            await Expect.StorageErrorAsync(
                StorageError.Conflict, () => new StoreCopy(source, target, Categories).RunAsync(None));

            Assert.Equal(before, await DescribeAsync(target));
        }
    }

    [Fact]
    public async Task Run_ResumedFromAnotherSource_IsAConflict()
    {
        var (source, other, target) = (OpenFolder("source"), OpenFolder("other"), OpenFolder("target"));
        await FillAsync(source);
        await other.Events.AppendAsync(StreamName.Create("users", "a"), StreamHead.Empty, Events.New(99), None);
        await target.Accounts.CreateAsync(BlobName.Create("transfer", "unfinished"), default, None);
        await target.Events.AppendAsync(StreamName.Create("users", "a"), StreamHead.Empty, Events.New(1), None);

        await Expect.StorageErrorAsync(StorageError.Conflict, () => new StoreCopy(other, target, Categories).RunAsync(None));
        await new StoreCopy(source, target, Categories).RunAsync(None);

        Assert.Equal(await DescribeAsync(source), await DescribeAsync(target));
    }

    [Fact]
    public async Task Run_SourceDamaged_IsReportedAndTheTargetStaysMarked()
    {
        var (source, target) = (OpenFolder("source"), OpenFolder("target"));
        await FillAsync(source);
        var path = Directory.GetFiles(_temporary.Path, "b.jsonl", SearchOption.AllDirectories).Single();
        var bytes = await File.ReadAllBytesAsync(path);
        bytes[30] ^= 1;
        await File.WriteAllBytesAsync(path, bytes);

        await Expect.StorageErrorAsync(StorageError.Damaged, () => new StoreCopy(source, target, Categories).RunAsync(None));

        Assert.True(await StoreCopy.IsUnfinishedAsync(target, None));
    }

    private static async Task FillAsync(StorePlace place)
    {
        foreach (var stream in new[] { StreamName.Create("users", "a"), StreamName.Create("users", "b"), StreamName.Create("files", "c") })
        {
            await place.Events.AppendManyAsync(stream, 5);
        }

        var heads = await place.Events.AllAsync(StreamName.Create("users", "a"));
        await place.Events.WriteSnapshotAsync(
            StreamName.Create("users", "a"), new StoredSnapshot(heads[2].Head, "test.v1", "{}"u8.ToArray()), None);
        await place.Accounts.CreateAsync(BlobName.Create("accounts", "a", "record-1"), new byte[192], None);
        await place.Accounts.CreateAsync(BlobName.Create("pending", "a"), default, None);
        var blob = TestBlob.Create(1, 5_000_000, 1_000_000);
        foreach (var part in blob.Parts)
        {
            await place.Content.StagePartAsync(blob.Name, part, blob.Open(part), None);
        }

        await place.Content.CommitAsync(blob.Name, blob.Parts, None);
    }

    /// <summary>All that is in a place, as text: names, versions and hashes.</summary>
    private static async Task<List<string>> DescribeAsync(StorePlace place)
    {
        List<string> all = [];
        foreach (var category in Categories)
        {
            await foreach (var stream in place.Events.ListAsync(category, None))
            {
                all.AddRange((await place.Events.AllAsync(stream)).Select(stored => $"{stream} {stored.Version} {stored.Hash}"));
            }
        }

        foreach (var store in new[] { place.Accounts, place.Content })
        {
            await foreach (var entry in store.ListAllAsync(None))
            {
                var bytes = await store.ReadAsync(entry.Name, (int)entry.Length, None);
                all.Add($"{entry.Name} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(bytes!))}");
            }
        }

        all.Sort(StringComparer.Ordinal);
        return all;
    }

    private StorePlace OpenFolder(string name)
    {
        var state = Keep(LocalDataFolder.Open(Path.Combine(_temporary.Path, name, "state")));
        var content = Keep(LocalDataFolder.Open(Path.Combine(_temporary.Path, name, "content")));
        return new StorePlace(new LocalEventLog(state), new LocalBlobStore(state), new LocalBlobStore(content));
    }

    private async Task<StorePlace> OpenAzureAsync() => PlaceOf(
        await OpenAsync(fixture.Azurite.NewContainer()), await OpenAsync(fixture.Azurite.NewContainer()));

    private async Task<AzureContainer> OpenAsync(string name)
    {
        var container = Keep(Containers.Named(fixture.Azurite.Port, name));
        await container.OpenAsync(create: true, None);
        return container;
    }

    private static StorePlace PlaceOf(AzureContainer state, AzureContainer content) =>
        new(new AzureEventLog(state), new AzureBlobStore(state), new AzureBlobStore(content));

    private T Keep<T>(T opened)
        where T : IDisposable
    {
        _opened.Add(opened);
        return opened;
    }
}

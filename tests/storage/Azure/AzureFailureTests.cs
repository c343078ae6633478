using System.Diagnostics;
using System.Text;
using Azure.Storage.Blobs.Specialized;
using Vault.Storage.Azure;
using Vault.Tests.Support;

namespace Vault.Storage.Tests.Azure;

/// <summary>A service that is away, slow, without the container, or whose bytes are not those that were written.</summary>
public sealed class AzureFailureTests(AzuriteFixture fixture) : IClassFixture<AzuriteFixture>, IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly StreamName Users = StreamName.Create("users", "5f0c11");
    private static readonly BlobName Small = BlobName.Create("addresses", "5f0c11");

    private readonly string _name = fixture.Azurite.NewContainer();
    private readonly FaultyWire _wire = new();
    private readonly List<AzureContainer> _containers = [];

    public async Task InitializeAsync() => await Open().OpenAsync(create: true, None);

    public Task DisposeAsync()
    {
        _containers.ForEach(container => container.Dispose());
        return Task.CompletedTask;
    }

    [Fact]
    public async Task AnyCall_NobodyListens_IsUnavailableWithinFiveSeconds()
    {
        var away = Keep(Containers.Named(FreePort(), _name));
        foreach (var call in AllCalls(new AzureEventLog(away), new AzureBlobStore(away)))
        {
            var watch = Stopwatch.StartNew();
            await Expect.StorageErrorAsync(StorageError.Unavailable, call);
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), $"It took {watch.Elapsed}.");
        }
    }

    [Fact]
    public async Task AnyCall_ContainerMissing_IsUnavailableAndNoEmptyStore()
    {
        var missing = Keep(Containers.Named(fixture.Azurite.Port, "missing"));
        foreach (var call in AllCalls(new AzureEventLog(missing), new AzureBlobStore(missing)))
        {
            var error = await Expect.StorageErrorAsync(StorageError.Unavailable, call);
            Assert.Contains("container does not exist", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task AnyCall_ServiceStandsStill_IsUnavailableInBoundedTimeAndGoesOnAfterwards()
    {
        await using var azurite = await Azurite.StartAsync();
        using var container = Containers.Named(
            azurite.Port, _name, new AzureOptions { CallTimeout = TimeSpan.FromMilliseconds(300) });
        await container.OpenAsync(create: true, None);
        var log = new AzureEventLog(container);
        var head = await log.AppendManyAsync(Users, 2);

        await azurite.SignalAsync("STOP");
        var watch = Stopwatch.StartNew();
        await Expect.StorageErrorAsync(StorageError.Unavailable, () => log.AppendAsync(Users, head, Events.New(3), None));
        await Expect.StorageErrorAsync(StorageError.Unavailable, () => new AzureBlobStore(container).ReadAsync(Small, 1, None));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"It took {watch.Elapsed}.");
        await azurite.SignalAsync("CONT");

        // What the service had received may still be written: once, or not at all.
        var events = await log.AllAsync(Users);
        Assert.InRange(events.Count, 2, 3);
        await UntilAppendedAsync(log);
    }

    [Fact]
    public async Task AnyCall_ServiceStoppedAndStartedAgain_HasEverything()
    {
        await using var azurite = await Azurite.StartAsync();
        using var container = Containers.Named(azurite.Port, _name);
        await container.OpenAsync(create: true, None);
        var (log, store) = (new AzureEventLog(container), new AzureBlobStore(container));
        var head = await log.AppendManyAsync(Users, 3);
        var blob = TestBlob.Create(1, 300_000, 100_000);
        await store.StagePartAsync(blob.Name, blob.Parts[0], blob.Open(blob.Parts[0]), None);

        await azurite.StopAsync();
        await Expect.StorageErrorAsync(StorageError.Unavailable, () => log.AppendAsync(Users, head, Events.New(4), None));
        await azurite.StartAgainAsync();

        await log.AppendAsync(Users, head, Events.New(4), None);
        Assert.Equal(4, (await log.AllAsync(Users)).Count);
        Assert.Equal([blob.Parts[0]], await store.StagedPartsAsync(blob.Name, None));
    }

    [Fact]
    public async Task ReadAsync_AnyLineDamaged_IsReportedWithItsPlaceAndNothingChanges()
    {
        await new AzureEventLog(Open()).AppendManyAsync(Users, 3);
        var whole = await DownloadAsync(0);
        foreach (var at in Enumerable.Range(0, whole.Length / 7).Select(step => step * 7))
        {
            byte[] bad = [.. whole];
            bad[at] ^= 0x20;
            await OverwriteAsync(0, bad);

            var error = await Expect.StorageErrorAsync(StorageError.Damaged, () => new AzureEventLog(Open()).AllAsync(Users));

            Assert.Contains("users/5f0c11", error.Message, StringComparison.Ordinal);
            Assert.Contains("segment 0, byte", error.Message, StringComparison.Ordinal);
            Assert.Equal(bad, await DownloadAsync(0));
        }
    }

    [Fact]
    public async Task ReadAsync_LineTornMissingOrSwapped_IsDamage()
    {
        // The service writes lines whole: what looks torn here is no crash of ours, and nobody cuts it.
        await new AzureEventLog(Open()).AppendManyAsync(Users, 3);
        var lines = Encoding.UTF8.GetString(await DownloadAsync(0)).Split('\n')[..3];
        foreach (var bad in new[]
                 {
                     $"{lines[0]}\n{lines[1]}\n{lines[2]}", $"{lines[0]}\n{lines[2]}\n", $"{lines[1]}\n{lines[2]}\n",
                     $"{lines[0]}\n{lines[2]}\n{lines[1]}\n", $"{lines[0]}\n{lines[0]}\n", $"{lines[0]}\n\n", $"{lines[0]}\n{lines[1][..40]}",
                 })
        {
            await OverwriteAsync(0, Encoding.UTF8.GetBytes(bad));
            await Expect.StorageErrorAsync(StorageError.Damaged, () => new AzureEventLog(Open()).AllAsync(Users));
        }
    }

    [Fact]
    public async Task ReadAsync_SomethingBehindTheClosingLine_IsDamage()
    {
        var log = new AzureEventLog(Keep(Containers.Named(fixture.Azurite.Port, _name, AzureSegmentTests.Short)));
        await log.AppendManyAsync(Users, 5);
        var whole = Encoding.UTF8.GetString(await DownloadAsync(0));
        foreach (var bad in new[] { whole + whole, whole + "x", whole.Replace("{\"closed\":0", "{\"closed\":1", StringComparison.Ordinal) })
        {
            await OverwriteAsync(0, Encoding.UTF8.GetBytes(bad));
            await Expect.StorageErrorAsync(StorageError.Damaged, () => log.AllAsync(Users));
        }
    }

    [Fact]
    public async Task ReadSnapshotAsync_Damaged_IsNull()
    {
        var log = new AzureEventLog(Open());
        var head = await log.AppendManyAsync(Users, 2);
        await log.WriteSnapshotAsync(Users, new StoredSnapshot(head, "test.v1", "{\"a\":1}"u8.ToArray()), None);
        var blob = Open().Client.GetBlockBlobClient("streams/users/5f0c11/snapshot.json");
        var whole = (await blob.DownloadContentAsync()).Value.Content.ToArray();
        for (var at = 0; at < whole.Length; at += 11)
        {
            byte[] bad = [.. whole];
            bad[at] ^= 0x01;
            await blob.UploadAsync(new MemoryStream(bad));
            Assert.Null(await log.ReadSnapshotAsync(Users, None));
        }
    }

    [Fact]
    public async Task CreateAsync_AnswerLost_IsStillTheOneThatCreatedIt()
    {
        _wire.BeforeAnswer = FaultyWire.First(1, FaultyWire.IsPutBlob);
        var store = new AzureBlobStore(Faulty());

        Assert.True(await store.CreateAsync(Small, "mine"u8.ToArray(), None));
        Assert.False(await store.CreateAsync(Small, "mine"u8.ToArray(), None));
    }

    [Fact]
    public async Task CommitAsync_AnswersLostOnTheWay_IsCommittedOnce()
    {
        _wire.BeforeAnswer = FaultyWire.First(2, request => FaultyWire.IsPutBlock(request) || FaultyWire.IsPutBlockList(request));
        var store = new AzureBlobStore(Faulty());
        var blob = TestBlob.Create(1, 250_000, 100_000);
        foreach (var part in blob.Parts)
        {
            await store.StagePartAsync(blob.Name, part, blob.Open(part), None);
        }

        _wire.BeforeAnswer = FaultyWire.First(1, FaultyWire.IsPutBlockList);
        await store.CommitAsync(blob.Name, blob.Parts, None);

        Assert.Equal(blob.Content, await store.ReadAsync(blob.Name, blob.Content.Length, None));
    }

    [Fact]
    public async Task StagePartAsync_BytesChangedOnTheWay_AreRefusedByTheService()
    {
        var store = new AzureBlobStore(Faulty());
        var blob = TestBlob.Create(1, 100_000, 100_000);
        _wire.BeforeRequest = async request =>
        {
            if (FaultyWire.IsPutBlock(request) && request.Content is { } content)
            {
                var bytes = await content.ReadAsByteArrayAsync();
                bytes[50_000] ^= 1;
                var changed = new ByteArrayContent(bytes);
                foreach (var (name, values) in content.Headers)
                {
                    changed.Headers.TryAddWithoutValidation(name, values);
                }

                request.Content = changed;
            }
        };

        await Expect.StorageErrorAsync(
            StorageError.Unavailable, () => store.StagePartAsync(blob.Name, blob.Parts[0], blob.Open(blob.Parts[0]), None));

        Assert.Empty(await new AzureBlobStore(Open()).StagedPartsAsync(blob.Name, None));
    }

    [Fact]
    public async Task OpenReadAsync_BlobReplacedMeanwhile_NeverGivesBytesOfTwo()
    {
        const int Length = 64 * 1024 * 1024;
        var store = new AzureBlobStore(Open());
        await store.ReplaceAsync(Small, new byte[Length], None);
        await using var stream = await store.OpenReadAsync(Small, 0, Length, None);
        await stream!.ReadExactlyAsync(new byte[1000]);
        byte[] other = [.. Enumerable.Repeat((byte)1, Length)];
        await store.ReplaceAsync(Small, other, None);

        var rest = new byte[1024 * 1024];
        try
        {
            for (int read; (read = await stream.ReadAsync(rest)) > 0;)
            {
                Assert.Equal(-1, rest.AsSpan(0, read).IndexOf((byte)1));
            }
        }
        catch (StorageException error)
        {
            Assert.Contains(error.Reason, new[] { StorageError.Unavailable, StorageError.Damaged });
        }
    }

    private static IEnumerable<Func<Task>> AllCalls(AzureEventLog log, AzureBlobStore store)
    {
        var head = new StreamHead(1, new LineHash(new byte[32]), 200);
        var blob = TestBlob.Create(1, 1000, 1000);
        yield return () => log.AllAsync(Users);
        yield return () => log.FromAsync(Users, head);
        yield return () => log.AppendAsync(Users, StreamHead.Empty, Events.New(1), None);
        yield return () => log.AppendAsync(Users, head, Events.New(1), None);
        yield return () => log.ReadSnapshotAsync(Users, None);
        yield return () => log.WriteSnapshotAsync(Users, new StoredSnapshot(head, "test.v1", "{}"u8.ToArray()), None);
        yield return () => log.DeleteAsync(Users, None);
        yield return async () => await log.ListAsync("users", None).GetAsyncEnumerator().MoveNextAsync();
        yield return () => store.CreateAsync(Small, new byte[1], None);
        yield return () => store.ReplaceAsync(Small, new byte[1], None);
        yield return () => store.ReadAsync(Small, 1, None);
        yield return () => store.OpenReadAsync(Small, 0, 1, None);
        yield return () => store.LengthAsync(Small, None);
        yield return () => store.StagePartAsync(blob.Name, blob.Parts[0], blob.Open(blob.Parts[0]), None);
        yield return () => store.StagedPartsAsync(blob.Name, None);
        yield return () => store.CommitAsync(blob.Name, blob.Parts, None);
        yield return () => store.AbandonAsync(blob.Name, None);
        yield return () => store.DeleteAsync(Small, None);
        yield return () => store.DeleteFolderAsync(Small, None);
        yield return async () => await store.ListAsync(Small, None).GetAsyncEnumerator().MoveNextAsync();
    }

    // The service may still be busy with what it had received.
    private static async Task UntilAppendedAsync(AzureEventLog log)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            try
            {
                var head = (await log.AllAsync(Users))[^1].Head;
                await log.AppendAsync(Users, head, Events.New(9), None);
                return;
            }
            catch (StorageException error) when (error.Reason is StorageError.Conflict or StorageError.Unavailable)
            {
                patience.Token.ThrowIfCancellationRequested();
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }

    private AppendBlobClient Segment(int segment) =>
        Open().Client.GetAppendBlobClient($"streams/users/5f0c11/{segment:d8}.jsonl");

    private async Task<byte[]> DownloadAsync(int segment) =>
        (await Segment(segment).DownloadContentAsync()).Value.Content.ToArray();

    private async Task OverwriteAsync(int segment, byte[] bytes)
    {
        await Segment(segment).CreateAsync();
        await Segment(segment).AppendBlockAsync(new MemoryStream(bytes));
    }

    private AzureContainer Open() => Keep(Containers.Named(fixture.Azurite.Port, _name));

    private AzureContainer Faulty() => Keep(Containers.Faulty(fixture.Azurite.Port, _name, _wire));

    private AzureContainer Keep(AzureContainer container)
    {
        _containers.Add(container);
        return container;
    }
}

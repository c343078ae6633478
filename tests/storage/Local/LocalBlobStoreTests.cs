using Vault.Storage.Local;

namespace Vault.Storage.Tests.Local;

public sealed class LocalBlobStoreTests : BlobStoreContract, IDisposable
{
    private const int PartSize = 50_000;

    private static readonly CancellationToken None = CancellationToken.None;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder _temporary = new();
    private LocalDataFolder _folder;
    private LocalBlobStore _store;

    public LocalBlobStoreTests()
    {
        _folder = LocalDataFolder.Open(_temporary.Path);
        _store = new LocalBlobStore(_folder);
    }

    protected override IBlobStore Store => _store;

    public void Dispose()
    {
        _folder.Dispose();
        _temporary.Dispose();
    }

    [Fact]
    public async Task CreateAsync_Blob_IsAPlainFileInItsShard()
    {
        await Store.CreateAsync(BlobName.Create("files", "5f0c11", "1"), "plain"u8.ToArray(), None);
        var path = Path.Combine(_temporary.Path, "blobs", "files", "5f", "5f0c11", "1");
        Assert.Equal("plain", await File.ReadAllTextAsync(path));
    }

    [Fact]
    public async Task AnyCall_WhenAllIsDone_LeavesOneFilePerBlobAndNothingElse()
    {
        var blob = TestBlob.Create(1, 3 * PartSize, PartSize);
        await StageAllAsync(blob);
        await Store.CommitAsync(blob.Name, blob.Parts, None);
        await StageAllAsync(blob);
        var dropped = TestBlob.Create(2, PartSize, PartSize);
        await Expect.StorageErrorAsync(StorageError.PartMismatch, () => Store.StagePartAsync(
            dropped.Name, dropped.Parts[0], new MemoryStream(new byte[PartSize]), None));
        await Store.CreateAsync(BlobName.Create("one"), new byte[1], None);
        await Store.CreateAsync(BlobName.Create("one"), new byte[1], None);
        await Store.CreateAsync(BlobName.Create("files", "ab", "cd"), new byte[1], None);
        await Store.DeleteAsync(BlobName.Create("files", "ab", "cd"), None);
        Assert.Equal(
            [".lock", "1", "one"],
            _temporary.Files().Select(Path.GetFileName).Order());
        Assert.Empty(Directory.GetDirectories(Path.Combine(_temporary.Path, "blobs", "files", "ab")));
    }

    [Fact]
    public async Task CommitAsync_AfterARestart_ChecksAndUsesTheStagedParts()
    {
        var blob = TestBlob.Create(3, 4 * PartSize, PartSize);
        foreach (var part in blob.Parts.Skip(1))
        {
            await Store.StagePartAsync(blob.Name, part, blob.Open(part), None);
        }

        Restart();
        Assert.Equal(blob.Parts.Skip(1), await Store.StagedPartsAsync(blob.Name, None));
        await Store.StagePartAsync(blob.Name, blob.Parts[0], blob.Open(blob.Parts[0]), None);
        await Store.CommitAsync(blob.Name, blob.Parts, None);
        Assert.Equal(blob.Content, await Store.ReadAsync(blob.Name, blob.Content.Length, None));
    }

    [Fact]
    public async Task AbandonAsync_ByTheProcessBeside_TheOwnersPartsAreGoneToo()
    {
        var blob = TestBlob.Create(14, 2 * PartSize, PartSize);
        await Store.StagePartAsync(blob.Name, blob.Parts[0], blob.Open(blob.Parts[0]), None);
        await AbandonBesideAsync(blob.Name);

        Assert.Empty(await Store.StagedPartsAsync(blob.Name, None));
        await Store.StagePartAsync(blob.Name, blob.Parts[1], blob.Open(blob.Parts[1]), None);
        await Expect.StorageErrorAsync(StorageError.PartMissing, () => Store.CommitAsync(blob.Name, blob.Parts, None));
        await Store.StagePartAsync(blob.Name, blob.Parts[0], blob.Open(blob.Parts[0]), None);
        await Store.CommitAsync(blob.Name, blob.Parts, None);
        Assert.Equal(blob.Content, await Store.ReadAsync(blob.Name, blob.Content.Length, None));
    }

    [Fact]
    public async Task AbandonAsync_ByTheProcessBesideWhileAPartIsReceived_ThatPartIsNotStaged()
    {
        var blob = TestBlob.Create(15, 2 * PartSize, PartSize);
        var content = new DribblingStream(blob.Content[..PartSize], stallAfter: PartSize / 2);
        var receiving = Store.StagePartAsync(blob.Name, blob.Parts[0], content, None);
        await content.Stalled.WaitAsync(Patience);
        await AbandonBesideAsync(blob.Name);

        await Store.StagePartAsync(blob.Name, blob.Parts[1], blob.Open(blob.Parts[1]), None);

        await Expect.StorageErrorAsync(StorageError.Conflict, () => receiving.WaitAsync(Patience));
        Assert.Equal(blob.Parts.Skip(1), await Store.StagedPartsAsync(blob.Name, None));
    }

    [Fact]
    public async Task CommitAsync_BytesLostInAPowerCut_NamesTheirPart()
    {
        var blob = TestBlob.Create(4, 4 * PartSize, PartSize);
        await StageAllAsync(blob);
        Restart();
        await using (var content = new FileStream(StagedContent(blob), FileMode.Open))
        {
            content.Position = (2 * PartSize) + 7;
            await content.WriteAsync(new byte[1000]); // the marker outlived its bytes
        }

        var error = await Expect.StorageErrorAsync(
            StorageError.PartMissing, () => Store.CommitAsync(blob.Name, blob.Parts, None));
        Assert.EndsWith(": 2.", error.Message, StringComparison.Ordinal);
        await Store.StagePartAsync(blob.Name, blob.Parts[2], blob.Open(blob.Parts[2]), None);
        await Store.CommitAsync(blob.Name, blob.Parts, None);
        Assert.Equal(blob.Content, await Store.ReadAsync(blob.Name, blob.Content.Length, None));
    }

    [Fact]
    public async Task CommitAsync_ContentShorterThanItsMarkersSay_NamesTheRest()
    {
        var blob = TestBlob.Create(5, 4 * PartSize, PartSize);
        await StageAllAsync(blob);
        Restart();
        await using (var content = new FileStream(StagedContent(blob), FileMode.Open))
        {
            content.SetLength(2 * PartSize);
        }

        var error = await Expect.StorageErrorAsync(
            StorageError.PartMissing, () => Store.CommitAsync(blob.Name, blob.Parts, None));
        Assert.EndsWith(": 2, 3.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StagedPartsAsync_MarkersWithoutContent_AreNotBelieved()
    {
        // A kill between a commit's rename and the removal of its markers, and then the blob is deleted.
        var blob = TestBlob.Create(6, 2 * PartSize, PartSize);
        await StageAllAsync(blob);
        Restart();
        File.Delete(StagedContent(blob));
        Assert.Empty(await Store.StagedPartsAsync(blob.Name, None));
        await Expect.StorageErrorAsync(
            StorageError.PartMissing, () => Store.CommitAsync(blob.Name, blob.Parts, None));
    }

    [Fact]
    public async Task CommitAsync_WhileAnotherPartIsBeingSent_EndsThatSenderAndKeepsItsBytesOut()
    {
        var blob = TestBlob.Create(7, 2 * PartSize, PartSize);
        var tail = TestBlob.Create(8, PartSize, PartSize);
        await StageAllAsync(blob);
        await using var stalling = new DribblingStream(tail.Content, stallAfter: 100);
        var late = Store.StagePartAsync(
            blob.Name, tail.Parts[0] with { Index = 2, Offset = 2 * PartSize }, stalling, None);
        await stalling.Stalled;
        await Store.CommitAsync(blob.Name, blob.Parts, None);
        await Expect.StorageErrorAsync(StorageError.Conflict, () => late);
        Assert.Equal(blob.Content, await Store.ReadAsync(blob.Name, 3 * PartSize, None));
    }

    [Fact]
    public async Task CommitAsync_WhileAMissingPartIsBeingSent_LeavesTheSenderAlone()
    {
        var blob = TestBlob.Create(9, 2 * PartSize, PartSize);
        await Store.StagePartAsync(blob.Name, blob.Parts[0], blob.Open(blob.Parts[0]), None);
        using var cancellation = new CancellationTokenSource();
        await using var stalling = new DribblingStream(blob.Content, stallAfter: 100);
        var sending = Store.StagePartAsync(blob.Name, blob.Parts[1], stalling, cancellation.Token);
        await stalling.Stalled;
        await Expect.StorageErrorAsync(
            StorageError.PartMissing, () => Store.CommitAsync(blob.Name, blob.Parts, None));
        Assert.False(sending.IsCompleted);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
    }

    [Fact]
    public async Task AbandonAsync_WhileAPartIsBeingSent_EndsTheSenderAndLeavesNothing()
    {
        var blob = TestBlob.Create(10, PartSize, PartSize);
        await using var stalling = new DribblingStream(blob.Content, stallAfter: 100);
        var sending = Store.StagePartAsync(blob.Name, blob.Parts[0], stalling, None);
        await stalling.Stalled;
        await Store.AbandonAsync(blob.Name, None);
        await Expect.StorageErrorAsync(StorageError.Conflict, () => sending);
        Assert.Equal([".lock"], _temporary.Files().Select(Path.GetFileName));
    }

    [Fact]
    public async Task CreateAsync_BeneathOrAboveABlob_Conflicts()
    {
        var name = BlobName.Create("files", "5f0c11");
        await Store.CreateAsync(name, new byte[1], None);
        await Expect.StorageErrorAsync(
            StorageError.Conflict, () => Store.CreateAsync(name.Append("1"), new byte[1], None));
        await Store.CreateAsync(BlobName.Create("a", "bb", "c"), new byte[1], None);
        await Expect.StorageErrorAsync(
            StorageError.Conflict, () => Store.CreateAsync(BlobName.Create("a", "bb"), new byte[1], None));
        Assert.Empty(Directory.GetFiles(Path.Combine(_temporary.Path, "temporary")));
    }

    [Fact]
    public async Task CreateAndDeleteAsync_InOneFolderAtOnce_NeitherFails()
    {
        var folder = BlobName.Create("files", "5f0c11");
        await Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(async () =>
        {
            var name = folder.Append($"{worker}");
            for (var round = 0; round < 100; round++)
            {
                Assert.True(await Store.CreateAsync(name, new byte[1], None));
                await Store.DeleteAsync(name, None);
            }
        })));
        Assert.Empty(await ListAsync(folder));
    }

    [Fact]
    public async Task ReadAsync_FileCutWhileOpen_IsDamaged()
    {
        var name = BlobName.Create("files", "5f0c11", "1");
        await Store.CreateAsync(name, new byte[100], None);
        await using var stream = await Store.OpenReadAsync(name, 0, 100, None);
        await using (var file = new FileStream(
            Path.Combine(_temporary.Path, "blobs", "files", "5f", "5f0c11", "1"), FileMode.Open, FileAccess.Write,
            FileShare.ReadWrite))
        {
            file.SetLength(50);
        }

        await Expect.StorageErrorAsync(StorageError.Damaged, () => stream!.ReadExactlyAsync(new byte[100]).AsTask());
    }

    [Fact]
    public async Task AnyCall_FolderDisposed_IsRefused()
    {
        _folder.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(
            () => Store.CreateAsync(BlobName.Create("one"), new byte[1], None));
    }

    /// <summary>What a silo does that shares the folder with a gateway.</summary>
    private async Task AbandonBesideAsync(BlobName name)
    {
        using var folder = LocalDataFolder.OpenBeside(_temporary.Path);
        await new LocalBlobStore(folder).AbandonAsync(name, None);
    }

    private void Restart()
    {
        _folder.Dispose();
        _folder = LocalDataFolder.Open(_temporary.Path);
        _store = new LocalBlobStore(_folder);
    }

    private string StagedContent(TestBlob blob) => Path.Combine(
        _temporary.Path, "staging", "files", "00", blob.Name.Segments[1], "1+", "content");
}

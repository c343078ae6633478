using System.Security.Cryptography;

namespace Vault.Storage.Tests;

/// <summary>What every blob store keeps to; a backend's test class inherits it.</summary>
public abstract class BlobStoreContract
{
    private const int PartSize = 100_000;

    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly BlobName Small = BlobName.Create("addresses", "5f0c11");

    /// <summary>The store under test, empty at the start of each test.</summary>
    protected abstract IBlobStore Store { get; }

    [Fact]
    public async Task Read_NoBlob_IsNull()
    {
        Assert.Null(await Store.ReadAsync(Small, 100, None));
        Assert.Null(await Store.OpenReadAsync(Small, 0, 0, None));
        Assert.Null(await Store.LengthAsync(Small, None));
        Assert.Empty(await Store.StagedPartsAsync(Small, None));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(1_000_001)]
    public async Task CreateAsync_New_StoresTheBytes(int length)
    {
        var content = RandomNumberGenerator.GetBytes(length);
        Assert.True(await Store.CreateAsync(Small, content, None));
        Assert.Equal(content, await Store.ReadAsync(Small, length, None));
        Assert.Equal(length, await Store.LengthAsync(Small, None));
    }

    [Fact]
    public async Task CreateAsync_Taken_AnswersFalseAndChangesNothing()
    {
        Assert.True(await Store.CreateAsync(Small, "first"u8.ToArray(), None));
        Assert.False(await Store.CreateAsync(Small, "other"u8.ToArray(), None));
        Assert.Equal("first"u8.ToArray(), await Store.ReadAsync(Small, 100, None));
    }

    [Fact]
    public async Task CreateAsync_AtOnce_ExactlyOneWins()
    {
        for (var round = 0; round < 20; round++)
        {
            const int Callers = 4;
            using var barrier = new Barrier(Callers);
            var name = BlobName.Create("addresses", $"{round:x4}");
            var won = await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(async () =>
            {
                barrier.SignalAndWait();
                return await Store.CreateAsync(name, new[] { (byte)caller }, None);
            })));
            Assert.Single(won, true);
            Assert.Equal(new[] { (byte)Array.IndexOf(won, true) }, await Store.ReadAsync(name, 1, None));
        }
    }

    [Fact]
    public async Task ReplaceAsync_NewAndTaken_StoresTheLast()
    {
        await Store.ReplaceAsync(Small, "a long first one"u8.ToArray(), None);
        await Store.ReplaceAsync(Small, "short"u8.ToArray(), None);
        Assert.Equal("short"u8.ToArray(), await Store.ReadAsync(Small, 100, None));
    }

    [Fact]
    public async Task ReplaceAsync_WhileReading_ReadersSeeOldOrNew()
    {
        byte[] old = [.. Enumerable.Repeat((byte)1, 200_000)];
        byte[] next = [.. Enumerable.Repeat((byte)2, 100_000)];
        await Store.ReplaceAsync(Small, old, None);
        var writing = Task.Run(async () =>
        {
            for (var round = 0; round < 30; round++)
            {
                await Store.ReplaceAsync(Small, round % 2 == 0 ? next : old, None);
            }
        });
        do
        {
            var seen = await Store.ReadAsync(Small, old.Length, None);
            Assert.True(seen!.AsSpan().SequenceEqual(old) || seen.AsSpan().SequenceEqual(next));
        }
        while (!writing.IsCompleted);
        await writing;
    }

    [Fact]
    public async Task PutAsync_SameBytesAgain_SucceedsAndOthersConflict()
    {
        await Store.PutAsync(Small, "once"u8.ToArray(), None);
        await Store.PutAsync(Small, "once"u8.ToArray(), None);
        await Expect.StorageErrorAsync(StorageError.Conflict, () => Store.PutAsync(Small, "Once"u8.ToArray(), None));
        await Expect.StorageErrorAsync(StorageError.Conflict, () => Store.PutAsync(Small, "on"u8.ToArray(), None));
    }

    [Fact]
    public async Task ReadAsync_LongerThanWanted_IsTooLarge()
    {
        await Store.CreateAsync(Small, new byte[11], None);
        await Expect.StorageErrorAsync(StorageError.TooLarge, () => Store.ReadAsync(Small, 10, None));
    }

    [Theory]
    [InlineData(0, 10)]
    [InlineData(0, 0)]
    [InlineData(10, 0)]
    [InlineData(3, 4)]
    [InlineData(9, 1)]
    public async Task OpenReadAsync_RangeInside_GivesItsBytes(long offset, long length)
    {
        await Store.CreateAsync(Small, "0123456789"u8.ToArray(), None);
        await using var stream = await Store.OpenReadAsync(Small, offset, length, None);
        using var read = new MemoryStream();
        await stream!.CopyToAsync(read);
        Assert.Equal("0123456789"u8.Slice((int)offset, (int)length).ToArray(), read.ToArray());
        Assert.Equal(0, await stream.ReadAsync(new byte[1]));
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, 11)]
    [InlineData(11, 0)]
    [InlineData(5, 6)]
    [InlineData(0, -1)]
    [InlineData(1, long.MaxValue)]
    [InlineData(long.MaxValue, long.MaxValue)]
    public async Task OpenReadAsync_RangeOutside_IsInvalidRange(long offset, long length)
    {
        await Store.CreateAsync(Small, "0123456789"u8.ToArray(), None);
        await Expect.StorageErrorAsync(
            StorageError.InvalidRange, () => Store.OpenReadAsync(Small, offset, length, None));
    }

    [Fact]
    public async Task OpenReadAsync_BlobDeletedMeanwhile_ReadsOn()
    {
        await Store.CreateAsync(Small, "0123456789"u8.ToArray(), None);
        await using var stream = await Store.OpenReadAsync(Small, 2, 5, None);
        await Store.DeleteAsync(Small, None);
        var read = new byte[5];
        await stream!.ReadExactlyAsync(read);
        Assert.Equal("23456"u8.ToArray(), read);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(PartSize)]
    [InlineData(PartSize + 1)]
    [InlineData((5 * PartSize) + 17)]
    public async Task CommitAsync_PartsInReverseOrder_MakesTheWholeVisible(int length)
    {
        var blob = TestBlob.Create(1, length, PartSize);
        foreach (var part in blob.Parts.Reverse())
        {
            Assert.Null(await Store.LengthAsync(blob.Name, None));
            await Store.StagePartAsync(blob.Name, part, blob.Open(part), None);
        }

        Assert.Null(await Store.ReadAsync(blob.Name, length, None));
        Assert.Equal(blob.Parts, await Store.StagedPartsAsync(blob.Name, None));
        await Store.CommitAsync(blob.Name, blob.Parts, None);
        Assert.Equal(blob.Content, await Store.ReadAsync(blob.Name, length, None));
        Assert.Empty(await Store.StagedPartsAsync(blob.Name, None));
    }

    [Fact]
    public async Task StagePartAsync_ParallelAndRepeated_StagesEachOnce()
    {
        var blob = TestBlob.Create(2, 30 * PartSize, PartSize);
        await Parallel.ForEachAsync(
            blob.Parts.Concat(blob.Parts.Reverse()).Concat(blob.Parts),
            new ParallelOptions { MaxDegreeOfParallelism = 8 },
            async (part, token) => await Store.StagePartAsync(blob.Name, part, blob.Open(part), token));
        await Store.CommitAsync(blob.Name, blob.Parts, None);
        Assert.Equal(blob.Content, await Store.ReadAsync(blob.Name, blob.Content.Length, None));
    }

    [Fact]
    public async Task StagePartAsync_ContentInDribs_IsPutTogether()
    {
        var blob = TestBlob.Create(3, PartSize, PartSize);
        await using var content = new DribblingStream(blob.Content);
        await Store.StagePartAsync(blob.Name, blob.Parts[0], content, None);
        await Store.CommitAsync(blob.Name, blob.Parts, None);
        Assert.Equal(blob.Content, await Store.ReadAsync(blob.Name, blob.Content.Length, None));
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(-1, false)]
    [InlineData(1, false)]
    [InlineData(0, true)]
    public async Task StagePartAsync_OtherLengthOrBytes_IsPartMismatchAndStagesNothing(int longer, bool flip)
    {
        var blob = TestBlob.Create(4, 2 * PartSize, PartSize);
        var bad = blob.Content[..(PartSize + longer)];
        bad[PartSize / 2] ^= flip || longer == 0 ? (byte)1 : (byte)0;
        await Expect.StorageErrorAsync(
            StorageError.PartMismatch,
            () => Store.StagePartAsync(blob.Name, blob.Parts[0], new MemoryStream(bad), None));
        Assert.Empty(await Store.StagedPartsAsync(blob.Name, None));
        await Store.StagePartAsync(blob.Name, blob.Parts[1], blob.Open(blob.Parts[1]), None);
        var error = await Expect.StorageErrorAsync(
            StorageError.PartMissing, () => Store.CommitAsync(blob.Name, blob.Parts, None));
        Assert.Contains("1 parts", error.Message, StringComparison.Ordinal);
        Assert.EndsWith(": 0.", error.Message, StringComparison.Ordinal);
        Assert.Null(await Store.LengthAsync(blob.Name, None));
        await Store.StagePartAsync(blob.Name, blob.Parts[0], blob.Open(blob.Parts[0]), None);
        await Store.CommitAsync(blob.Name, blob.Parts, None);
        Assert.Equal(blob.Content, await Store.ReadAsync(blob.Name, blob.Content.Length, None));
    }

    [Fact]
    public async Task StagePartAsync_BadRepetitionOfAGoodPart_LeavesTheGoodOne()
    {
        var blob = TestBlob.Create(5, PartSize, PartSize);
        await Store.StagePartAsync(blob.Name, blob.Parts[0], blob.Open(blob.Parts[0]), None);
        await Expect.StorageErrorAsync(
            StorageError.PartMismatch,
            () => Store.StagePartAsync(blob.Name, blob.Parts[0], new MemoryStream(new byte[PartSize]), None));
        await Store.CommitAsync(blob.Name, blob.Parts, None);
        Assert.Equal(blob.Content, await Store.ReadAsync(blob.Name, PartSize, None));
    }

    [Fact]
    public async Task StagePartAsync_GoodAndBadSendersAtOnce_TheGoodBytesAreCommitted()
    {
        for (var round = 0; round < 20; round++)
        {
            var blob = TestBlob.Create(600 + round, PartSize, PartSize);
            using var barrier = new Barrier(4);
            await Task.WhenAll(Enumerable.Range(0, 4).Select(sender => Task.Run(async () =>
            {
                barrier.SignalAndWait();
                var content = sender % 2 == 0 ? blob.Open(blob.Parts[0]) : new MemoryStream(new byte[PartSize]);
                var sending = Store.StagePartAsync(blob.Name, blob.Parts[0], content, None);
                await (sender % 2 == 0
                    ? sending
                    : Expect.StorageErrorAsync(StorageError.PartMismatch, () => sending));
            })));
            await Store.CommitAsync(blob.Name, blob.Parts, None);
            Assert.Equal(blob.Content, await Store.ReadAsync(blob.Name, PartSize, None));
        }
    }

    [Fact]
    public async Task StagePartAsync_OtherContentInItsPlace_ReplacesThePart()
    {
        var blob = TestBlob.Create(6, 2 * PartSize, PartSize);
        var other = TestBlob.Create(7, 2 * PartSize, PartSize) with { Name = blob.Name };
        foreach (var part in other.Parts)
        {
            await Store.StagePartAsync(blob.Name, part, other.Open(part), None);
        }

        await Store.StagePartAsync(blob.Name, blob.Parts[1], blob.Open(blob.Parts[1]), None);
        Assert.Equal([other.Parts[0], blob.Parts[1]], await Store.StagedPartsAsync(blob.Name, None));
        await Expect.StorageErrorAsync(
            StorageError.PartMissing, () => Store.CommitAsync(blob.Name, other.Parts, None));
        await Expect.StorageErrorAsync(
            StorageError.PartMissing, () => Store.CommitAsync(blob.Name, blob.Parts, None));
        await Store.StagePartAsync(blob.Name, blob.Parts[0], blob.Open(blob.Parts[0]), None);
        await Store.CommitAsync(blob.Name, blob.Parts, None);
        Assert.Equal(blob.Content, await Store.ReadAsync(blob.Name, blob.Content.Length, None));
    }

    [Fact]
    public async Task StagePartAsync_SourceFails_PassesTheErrorOnAndStagesNothing()
    {
        var blob = TestBlob.Create(8, PartSize, PartSize);
        await using var failing = new DribblingStream(blob.Content, failAfter: PartSize / 2);
        var error = await Assert.ThrowsAsync<IOException>(
            () => Store.StagePartAsync(blob.Name, blob.Parts[0], failing, None));
        Assert.Equal(DribblingStream.Failure, error.Message);
        Assert.Empty(await Store.StagedPartsAsync(blob.Name, None));
    }

    [Fact]
    public async Task StagePartAsync_CancelledInTheMiddle_StagesNothingAndCanBeSentAgain()
    {
        var blob = TestBlob.Create(9, PartSize, PartSize);
        using var cancellation = new CancellationTokenSource();
        await using var stalling = new DribblingStream(blob.Content, stallAfter: PartSize / 2);
        var sending = Store.StagePartAsync(blob.Name, blob.Parts[0], stalling, cancellation.Token);
        await stalling.Stalled;
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        Assert.Empty(await Store.StagedPartsAsync(blob.Name, None));
        await Store.StagePartAsync(blob.Name, blob.Parts[0], blob.Open(blob.Parts[0]), None);
        await Store.CommitAsync(blob.Name, blob.Parts, None);
    }

    [Fact]
    public async Task StagePartAsync_MalformedPart_IsRefused()
    {
        foreach (var bad in new[]
                 {
                     new BlobPart(-1, 0, 1, new byte[32]), new BlobPart(0, -1, 1, new byte[32]),
                     new BlobPart(0, 0, 0, new byte[32]), new BlobPart(0, 0, 1, new byte[31]),
                     new BlobPart(0, long.MaxValue, 1, new byte[32]),
                 })
        {
            await Assert.ThrowsAsync<ArgumentException>(() => Store.StagePartAsync(Small, bad, Stream.Null, None));
        }

        await Assert.ThrowsAsync<ArgumentException>(
            () => Store.StagePartAsync(default, new BlobPart(0, 0, 1, new byte[32]), Stream.Null, None));
    }

    [Fact]
    public async Task CommitAsync_SomePartsMissing_NamesThemAndKeepsTheOthers()
    {
        var blob = TestBlob.Create(10, 6 * PartSize, PartSize);
        foreach (var index in new[] { 0, 2, 5 })
        {
            await Store.StagePartAsync(blob.Name, blob.Parts[index], blob.Open(blob.Parts[index]), None);
        }

        var error = await Expect.StorageErrorAsync(
            StorageError.PartMissing, () => Store.CommitAsync(blob.Name, blob.Parts, None));
        Assert.EndsWith("1, 3, 4.", error.Message, StringComparison.Ordinal);
        Assert.Equal([0, 2, 5], (await Store.StagedPartsAsync(blob.Name, None)).Select(part => part.Index));
    }

    [Fact]
    public async Task CommitAsync_FewerPartsThanStaged_MakesExactlyThese()
    {
        var blob = TestBlob.Create(11, 3 * PartSize, PartSize);
        await StageAllAsync(blob);
        await Store.CommitAsync(blob.Name, [.. blob.Parts.Take(2)], None);
        Assert.Equal(blob.Content[..(2 * PartSize)], await Store.ReadAsync(blob.Name, 3 * PartSize, None));
    }

    [Fact]
    public async Task CommitAsync_GapOverlapOrWrongNumbers_IsRefused()
    {
        var parts = TestBlob.Create(12, 3 * PartSize, PartSize).Parts;
        foreach (var bad in new[]
                 {
                     [parts[0], parts[2]], [parts[1], parts[2]], [parts[1], parts[0]], [parts[0], parts[0]],
                     new[] { parts[0], parts[1] with { Offset = parts[1].Offset - 1 } },
                 })
        {
            await Assert.ThrowsAsync<ArgumentException>(() => Store.CommitAsync(Small, bad, None));
        }
    }

    [Fact]
    public async Task CommitAsync_Again_SucceedsAndOtherContentConflicts()
    {
        var blob = TestBlob.Create(13, 3 * PartSize, PartSize);
        await StageAllAsync(blob);
        await Store.CommitAsync(blob.Name, blob.Parts, None);
        await Store.CommitAsync(blob.Name, blob.Parts, None);
        var other = TestBlob.Create(14, 3 * PartSize, PartSize);
        await Expect.StorageErrorAsync(
            StorageError.Conflict, () => Store.CommitAsync(blob.Name, other.Parts, None));
        await Expect.StorageErrorAsync(
            StorageError.Conflict, () => Store.CommitAsync(blob.Name, [.. blob.Parts.Take(2)], None));
        await Expect.StorageErrorAsync(StorageError.Conflict, () => Store.CommitAsync(blob.Name, [], None));
        Assert.Equal(blob.Content, await Store.ReadAsync(blob.Name, blob.Content.Length, None));
    }

    [Fact]
    public async Task CommitAsync_AtOnce_AllSucceed()
    {
        for (var round = 0; round < 10; round++)
        {
            var blob = TestBlob.Create(1500 + round, 3 * PartSize, PartSize);
            await StageAllAsync(blob);
            using var barrier = new Barrier(4);
            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
            {
                barrier.SignalAndWait();
                await Store.CommitAsync(blob.Name, blob.Parts, None);
            })));
            Assert.Equal(blob.Content, await Store.ReadAsync(blob.Name, blob.Content.Length, None));
        }
    }

    [Fact]
    public async Task CommitAsync_NoParts_MakesAnEmptyBlob()
    {
        await Store.CommitAsync(Small, [], None);
        await Store.CommitAsync(Small, [], None);
        Assert.Equal(0, await Store.LengthAsync(Small, None));
    }

    [Fact]
    public async Task StagePartAsync_LateRepetitionAfterTheCommit_IsCheckedAndHarmless()
    {
        var blob = TestBlob.Create(16, 2 * PartSize, PartSize);
        await StageAllAsync(blob);
        await Store.CommitAsync(blob.Name, blob.Parts, None);
        await Store.StagePartAsync(blob.Name, blob.Parts[0], blob.Open(blob.Parts[0]), None);
        await Expect.StorageErrorAsync(
            StorageError.PartMismatch,
            () => Store.StagePartAsync(blob.Name, blob.Parts[0], new MemoryStream(new byte[PartSize]), None));
        Assert.Equal(blob.Content, await Store.ReadAsync(blob.Name, blob.Content.Length, None));
    }

    [Fact]
    public async Task AbandonAsync_StagedParts_DropsThem()
    {
        var blob = TestBlob.Create(17, 2 * PartSize, PartSize);
        await StageAllAsync(blob);
        await Store.AbandonAsync(blob.Name, None);
        await Store.AbandonAsync(blob.Name, None);
        Assert.Empty(await Store.StagedPartsAsync(blob.Name, None));
        await Expect.StorageErrorAsync(
            StorageError.PartMissing, () => Store.CommitAsync(blob.Name, blob.Parts, None));
        await StageAllAsync(blob);
        await Store.CommitAsync(blob.Name, blob.Parts, None);
        await Store.AbandonAsync(blob.Name, None);
        Assert.Equal(blob.Content, await Store.ReadAsync(blob.Name, blob.Content.Length, None));
    }

    [Fact]
    public async Task DeleteAsync_Blob_IsGoneAndTheNameIsFree()
    {
        var blob = TestBlob.Create(18, 2 * PartSize, PartSize);
        await StageAllAsync(blob);
        await Store.CommitAsync(blob.Name, blob.Parts, None);
        await Store.DeleteAsync(blob.Name, None);
        await Store.DeleteAsync(blob.Name, None);
        Assert.Null(await Store.LengthAsync(blob.Name, None));
        Assert.True(await Store.CreateAsync(blob.Name, new byte[1], None));
    }

    [Fact]
    public async Task DeleteIfAsync_ItsContent_IsGoneAndTheNameIsFree()
    {
        await Store.DeleteIfAsync(Small, "none"u8.ToArray(), None);
        foreach (var content in new[] { [], "one account"u8.ToArray() })
        {
            Assert.True(await Store.CreateAsync(Small, content, None));
            await Store.DeleteIfAsync(Small, content, None);
            await Store.DeleteIfAsync(Small, content, None);
            Assert.Null(await Store.LengthAsync(Small, None));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("one accoun")]
    [InlineData("one account!")]
    [InlineData("two account")]
    public async Task DeleteIfAsync_OtherContent_ChangesNothing(string other)
    {
        await Store.CreateAsync(Small, "one account"u8.ToArray(), None);
        await Store.DeleteIfAsync(Small, System.Text.Encoding.ASCII.GetBytes(other), None);
        Assert.Equal("one account"u8.ToArray(), await Store.ReadAsync(Small, 100, None));
    }

    [Fact]
    public async Task DeleteIfAsync_ManyAtOnceAndTheNameIsTakenAnew_NeverDeletesTheNewContent()
    {
        byte[] before = [1], after = [2];
        for (var round = 0; round < 20; round++)
        {
            const int Callers = 4;
            using var barrier = new Barrier(Callers + 1);
            var name = BlobName.Create("addresses", $"{round:x4}");
            await Store.CreateAsync(name, before, None);
            var deleting = Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
            {
                barrier.SignalAndWait();
                await Store.DeleteIfAsync(name, before, None);
            })).ToArray();
            barrier.SignalAndWait();
            using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
            while (!await Store.CreateAsync(name, after, patience.Token))
            {
                // Whoever wants the name takes it in the very moment in which it is free.
            }

            await Task.WhenAll(deleting);
            Assert.Equal(after, await Store.ReadAsync(name, 1, None));
        }
    }

    [Fact]
    public async Task DeleteFolderAsync_BlobsAndParts_LeavesOnlyWhatIsOutside()
    {
        var blob = TestBlob.Create(19, 2 * PartSize, PartSize);
        await StageAllAsync(blob);
        var inside = BlobName.Create("files", $"{19:x8}");
        var outside = BlobName.Create("files", $"{19:x8}0", "1");
        await Store.CreateAsync(inside.Append("2"), new byte[2], None);
        await Store.CreateAsync(inside.Append("3").Append("x"), new byte[3], None);
        await Store.CreateAsync(outside, new byte[4], None);
        await Store.DeleteFolderAsync(inside, None);
        await Store.DeleteFolderAsync(inside, None);
        Assert.Empty(await ListAsync(inside));
        Assert.Empty(await Store.StagedPartsAsync(blob.Name, None));
        Assert.Equal([new BlobEntry(outside, 4)], await ListAsync(BlobName.Create("files")));
    }

    [Fact]
    public async Task ListAsync_ManyBlobs_NamesThoseBeneath()
    {
        var expected = Enumerable.Range(0, 600)
            .Select(number => new BlobEntry(BlobName.Create("pending", $"{number * 7:x6}"), number % 5)).ToArray();
        await Parallel.ForEachAsync(
            expected, async (entry, _) => await Store.CreateAsync(entry.Name, new byte[entry.Length], None));

        await Store.CreateAsync(BlobName.Create("one"), new byte[1], None);
        await Store.CreateAsync(BlobName.Create("other", "a", "b.c", "d"), new byte[2], None);
        var staged = TestBlob.Create(20, PartSize, PartSize);
        await StageAllAsync(staged);
        Assert.Equal(
            expected.OrderBy(entry => entry.Name.ToString(), StringComparer.Ordinal),
            (await ListAsync(BlobName.Create("pending")))
                .OrderBy(entry => entry.Name.ToString(), StringComparer.Ordinal));
        var deep = new BlobEntry(BlobName.Create("other", "a", "b.c", "d"), 2);
        foreach (var folder in new[] { "other", "other/a", "other/a/b.c" })
        {
            Assert.True(BlobName.TryParse(folder, out var name));
            Assert.Equal([deep], await ListAsync(name));
        }

        Assert.Empty(await ListAsync(BlobName.Create("one")));
        Assert.Empty(await ListAsync(BlobName.Create("files")));
        Assert.Empty(await ListAsync(deep.Name));
        List<BlobEntry> all = [];
        await foreach (var entry in Store.ListAllAsync(None))
        {
            all.Add(entry);
        }

        Assert.Equal(
            expected.Append(deep).Append(new BlobEntry(BlobName.Create("one"), 1)).Select(entry => $"{entry}").Order(),
            all.Select(entry => $"{entry}").Order());
    }

    protected async Task<List<BlobEntry>> ListAsync(BlobName folder)
    {
        List<BlobEntry> entries = [];
        await foreach (var entry in Store.ListAsync(folder, None))
        {
            entries.Add(entry);
        }

        return entries;
    }

    [Fact]
    public async Task ListStagedAsync_PartsWithoutBlob_AreNamedUntilTheyAreDropped()
    {
        var folder = BlobName.Create("files");
        var (staged, committed) = (TestBlob.Create(91, 2 * PartSize, PartSize), TestBlob.Create(92, PartSize, PartSize));
        await Store.StagePartAsync(staged.Name, staged.Parts[1], staged.Open(staged.Parts[1]), None);
        await StageAllAsync(committed);
        await Store.CommitAsync(committed.Name, committed.Parts, None);
        await Store.CreateAsync(Small, new byte[3], None);

        Assert.Equal([staged.Name], await Store.ListStagedAsync(folder, None).ToListAsync());
        Assert.Empty(await Store.ListStagedAsync(BlobName.Create("addresses"), None).ToListAsync());

        await Store.AbandonAsync(staged.Name, None);
        Assert.Empty(await Store.ListStagedAsync(folder, None).ToListAsync());
        Assert.Empty(await Store.StagedPartsAsync(staged.Name, None));
    }

    private protected async Task StageAllAsync(TestBlob blob)
    {
        foreach (var part in blob.Parts)
        {
            await Store.StagePartAsync(blob.Name, part, blob.Open(part), None);
        }
    }
}

using System.Security.Cryptography;
using Vault.Storage.Local;

namespace Vault.Storage.Tests.Local;

public sealed class DirectFileTests
{
    private const int Block = DirectFile.BlockSize;

    [Theory]
    [InlineData(0, 3 * Block)]
    [InlineData(0, (3 * Block) + 17)]
    [InlineData(Block, Block)]
    [InlineData(100, 2 * Block)]
    [InlineData(5, 1)]
    [InlineData(0, 0)]
    public async Task Write_AnyStretch_IsThereForEverybody(int offset, int length)
    {
        using var folder = new TemporaryFolder();
        var content = Random(length);

        await WriteAsync(folder, content, offset);

        var read = await File.ReadAllBytesAsync(PathIn(folder));
        Assert.Equal(length == 0 ? 0 : offset + length, read.Length);
        Assert.Equal(content.ToArray(), read.Skip(offset));
    }

    [Fact]
    public async Task Write_FromAnOddAddress_FallsBackAndLosesNothing()
    {
        using var folder = new TemporaryFolder();
        var content = Random(Block + 1)[1..];

        await WriteAsync(folder, content, 0);

        Assert.Equal(content.ToArray(), await File.ReadAllBytesAsync(PathIn(folder)));
    }

    [Fact]
    public async Task Writes_SideBySideAcrossBlocks_DoNotDisturbEachOther()
    {
        using var folder = new TemporaryFolder();
        const int Part = (5 * Block) + 33; // each begins and ends amid a block that a neighbour has too
        var content = Random(40 * Part);

        await Parallel.ForAsync(0, 40, async (index, stop) =>
        {
            using var file = Open(folder);
            using var buffer = AlignedBuffer.Rent();
            for (var done = 0; done < Part;)
            {
                var offset = (index * Part) + done;
                var chunk = buffer.Memory[..AlignedBuffer.NextLength(offset, Part - done)];
                content.Slice(offset, chunk.Length).CopyTo(chunk);
                await file.WriteAsync(chunk, offset, stop);
                done += chunk.Length;
            }
        });

        Assert.Equal(content.ToArray(), await File.ReadAllBytesAsync(PathIn(folder)));
    }

    [Theory]
    [InlineData(0, 10, 10)]
    [InlineData(0, (2 * Block) + 5, 2 * Block)]
    [InlineData(1, 2 * Block, Block - 1)]
    [InlineData(Block - 1, 100, 1)]
    [InlineData(0, 3 * AlignedBuffer.Length, AlignedBuffer.Length)]
    public void NextLength_EndsAtABlockWhereItCan(long offset, int remaining, int expected) =>
        Assert.Equal(expected, AlignedBuffer.NextLength(offset, remaining));

    private static string PathIn(TemporaryFolder folder) => Path.Combine(folder.Path, "content");

    private static DirectFile Open(TemporaryFolder folder) => DirectFile.Open(
        PathIn(folder),
        File.OpenHandle(PathIn(folder), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite, FileOptions.Asynchronous));

    private static async Task WriteAsync(TemporaryFolder folder, ReadOnlyMemory<byte> content, long offset)
    {
        using var file = Open(folder);
        await file.WriteAsync(content, offset, CancellationToken.None);
    }

    private static Memory<byte> Random(int length)
    {
        var memory = DirectFile.Allocate(length);
        RandomNumberGenerator.Fill(memory.Span);
        return memory;
    }
}

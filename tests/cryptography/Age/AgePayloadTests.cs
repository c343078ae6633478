using Vault.Cryptography.Age;
using Vault.Cryptography.Primitives;

namespace Vault.Cryptography.Tests.Age;

public sealed class AgePayloadTests
{
    private const int Chunk = AgePayload.ChunkSize;

    [Theory]
    [InlineData(0, 32)]
    [InlineData(1, 33)]
    [InlineData(Chunk - 1, 16 + Chunk - 1 + 16)]
    [InlineData(Chunk, 16 + Chunk + 16)]
    [InlineData(Chunk + 1, 16 + Chunk + 1 + 32)]
    [InlineData(2 * Chunk, 16 + (2 * Chunk) + 32)]
    [InlineData(10L << 40, 16 + (10L << 40) + (16 * (10L << 24)))]
    public void PayloadLength_AndBack_IsExact(long plaintext, long payload)
    {
        Assert.Equal(payload, AgePayload.PayloadLength(plaintext));
        Assert.Equal(plaintext, AgePayload.PlaintextLength(payload));
    }

    [Fact]
    public void PlaintextLength_EveryLengthUpToThreeChunks_IsAcceptedExactlyIfAPlaintextHasIt()
    {
        var lengths = Enumerable.Range(0, (3 * Chunk) + 1);
        var possible = lengths.ToDictionary(n => AgePayload.PayloadLength(n), n => (long)n);
        for (var length = -1L; length <= AgePayload.PayloadLength(3 * Chunk); length++)
        {
            if (possible.TryGetValue(length, out var plaintext))
            {
                Assert.Equal(plaintext, AgePayload.PlaintextLength(length));
            }
            else if (length % 997 == 0 || length < 100 || length % AgePayload.SealedChunkSize < 40)
            {
                AgeTestData.Refused(AgeError.Payload, () => AgePayload.PlaintextLength(length));
            }
        }
    }

    [Theory]
    [InlineData(long.MinValue)]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(16)]
    [InlineData(31)]
    [InlineData(16 + Chunk + 16 + 1)]
    [InlineData(16 + Chunk + 16 + 16)]
    public void PlaintextLength_ImpossibleLength_IsRefused(long length) =>
        AgeTestData.Refused(AgeError.Payload, () => AgePayload.PlaintextLength(length));

    [Fact]
    public void PayloadLength_OutOfRange_Throws()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => AgePayload.PayloadLength(-1));
        Assert.Throws<OverflowException>(() => AgePayload.PayloadLength(long.MaxValue));
    }

    [Fact]
    public void TryOpenChunk_OtherPlaceFlagKeyOrByte_IsRefusedAndZeroed()
    {
        using var fileKey = AgeTestData.FileKey();
        using var otherFileKey = SecretBytes.Random(16);
        using var key = new PayloadKey(fileKey, new byte[16]);
        using var otherKey = new PayloadKey(otherFileKey, new byte[16]);
        using var otherNonce = new PayloadKey(fileKey, AgeTestData.Pattern(16));
        var plaintext = AgeTestData.Pattern(Chunk);
        var sealedChunk = new byte[AgePayload.SealedChunkSize];
        key.SealChunk(sealedChunk, plaintext, 7, last: false);
        var opened = new byte[Chunk];
        Assert.True(key.TryOpenChunk(opened, sealedChunk, 7, last: false));
        Assert.Equal(plaintext, opened);

        var changed = sealedChunk.ToArray();
        changed[^1] ^= 1;
        Assert.All<Func<bool>>(
            [
                () => key.TryOpenChunk(opened, sealedChunk, 7, last: true),
                () => key.TryOpenChunk(opened, sealedChunk, 6, last: false),
                () => key.TryOpenChunk(opened, sealedChunk, 7 + (1UL << 32), last: false),
                () => otherKey.TryOpenChunk(opened, sealedChunk, 7, last: false),
                () => otherNonce.TryOpenChunk(opened, sealedChunk, 7, last: false),
                () => key.TryOpenChunk(opened, changed, 7, last: false),
            ],
            open =>
            {
                plaintext.CopyTo(opened, 0);
                Assert.False(open());
                Assert.False(opened.AsSpan().ContainsAnyExcept((byte)0));
            });
    }

    [Theory]
    [InlineData(Chunk - 1, 0, false)]
    [InlineData(0, 0, false)]
    [InlineData(0, 1, true)]
    [InlineData(Chunk + 1, 0, true)]
    public void SealChunk_LengthThatCannotStandThere_IsAnArgumentError(int length, ulong counter, bool last)
    {
        using var fileKey = AgeTestData.FileKey();
        using var key = new PayloadKey(fileKey, new byte[16]);

        Assert.Throws<ArgumentException>(() => key.SealChunk(new byte[length + 16], new byte[length], counter, last));
        Assert.False(key.TryOpenChunk(new byte[length], new byte[length + 16], counter, last));
    }

    [Fact]
    public void SealChunk_DestinationOfAnotherLength_IsAnArgumentError()
    {
        using var fileKey = AgeTestData.FileKey();
        using var key = new PayloadKey(fileKey, new byte[16]);

        Assert.Throws<ArgumentException>(() => key.SealChunk(new byte[10], new byte[10], 0, last: true));
        Assert.Throws<ArgumentException>(() => key.TryOpenChunk(new byte[10], new byte[27], 0, last: true));
        Assert.Throws<ArgumentException>(() => new PayloadKey(fileKey, new byte[12]));
        Assert.False(key.TryOpenChunk([], new byte[15], 0, last: true));
    }

    [Fact]
    public void SealChunk_CounterBeyond32Bits_UsesTheWholeCounter()
    {
        using var fileKey = AgeTestData.FileKey();
        using var key = new PayloadKey(fileKey, new byte[16]);
        var low = new byte[17];
        var high = new byte[17];
        key.SealChunk(low, [1], 5, last: true);
        key.SealChunk(high, [1], 5 + (1UL << 40), last: true);

        Assert.NotEqual(low, high);
        Assert.True(key.TryOpenChunk(new byte[1], high, 5 + (1UL << 40), last: true));
    }

    [Fact]
    public void SealChunk_PartsInParallelFromClones_GiveTheWritersPayload()
    {
        using var fileKey = AgeTestData.FileKey();
        var nonce = AgeTestData.Pattern(16);
        var plaintext = AgeTestData.Pattern((20 * Chunk) + 17);
        using var expected = new MemoryStream();
        using (var writer = new AgeWriter(expected, fileKey, nonce, leaveOpen: true))
        {
            writer.Write(plaintext);
            writer.Complete();
        }

        var payload = new byte[AgePayload.PayloadLength(plaintext.Length)];
        nonce.CopyTo(payload, 0);
        var chunks = AgePayload.ChunkCount(plaintext.Length);
        using var key = new PayloadKey(fileKey, nonce);
        Parallel.For(0L, chunks, key.Clone, (i, _, worker) =>
        {
            var part = plaintext.AsSpan((int)(i * Chunk), (int)Math.Min(Chunk, plaintext.Length - (i * Chunk)));
            var target = payload.AsSpan((int)(16 + (i * AgePayload.SealedChunkSize)), part.Length + 16);
            worker.SealChunk(target, part, (ulong)i, i == chunks - 1);
            return worker;
        }, worker => worker.Dispose());

        Assert.True(payload.AsSpan().SequenceEqual(expected.ToArray()));
    }

    [Fact]
    public void Dispose_OfAKey_LeavesItsClonesUsable()
    {
        using var fileKey = AgeTestData.FileKey();
        var key = new PayloadKey(fileKey, new byte[16]);
        using var clone = key.Clone();
        var box = new byte[16];
        key.SealChunk(box, [], 0, last: true);
        key.Dispose();
        key.Dispose();

        Assert.True(clone.TryOpenChunk([], box, 0, last: true));
        Assert.Throws<ObjectDisposedException>(key.Clone);
        Assert.ThrowsAny<ObjectDisposedException>(() => key.SealChunk(box, [], 0, last: true));
    }

    [Fact]
    public void SealAndOpenChunk_ManyTimes_AllocateNothing()
    {
        using var fileKey = AgeTestData.FileKey();
        using var key = new PayloadKey(fileKey, new byte[16]);
        var plaintext = new byte[Chunk];
        var box = new byte[AgePayload.SealedChunkSize];
        key.SealChunk(box, plaintext, 0, last: false);
        key.TryOpenChunk(plaintext, box, 0, last: false);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0UL; i < 100; i++)
        {
            key.SealChunk(box, plaintext, i, last: false);
            key.TryOpenChunk(plaintext, box, i, last: false);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}

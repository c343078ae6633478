using Vault.Cryptography.Age;
using Vault.Cryptography.Primitives;

namespace Vault.Cryptography.Tests.Age;

/// <remarks>
/// Attacks held here: a byte changed anywhere, the payload cut at any border, bytes added, chunks swapped, repeated or
/// left out, an empty last chunk, a chunk that claims to be the last. A reader must fail, and keep failing, and release
/// only what stands before the fault.
/// </remarks>
public sealed class AgeStreamTests
{
    private const int Chunk = AgePayload.ChunkSize;

    public static TheoryData<int> Lengths => [0, 1, Chunk - 1, Chunk, Chunk + 1, 2 * Chunk, (3 * Chunk) + 5];

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Write_AnyLength_HasTheCalculatedLengthAndReadsBack(int length)
    {
        using var fileKey = AgeTestData.FileKey();
        var plaintext = AgeTestData.Pattern(length);

        var payload = AgeTestData.SealPayload(plaintext, fileKey);

        Assert.Equal(AgePayload.PayloadLength(length), payload.Length);
        Assert.Null(AgeTestData.ReadPayload(payload, fileKey, out var released));
        Assert.Equal(plaintext, released);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    [InlineData(Chunk)]
    [InlineData(Chunk + 1)]
    public async Task WriteAsyncAndReadAsync_PiecesOfAnySize_GiveTheSame(int piece)
    {
        using var fileKey = AgeTestData.FileKey();
        var plaintext = AgeTestData.Pattern((2 * Chunk) + 3);
        using var payload = new MemoryStream();
        await using (var writer = new AgeWriter(payload, fileKey, leaveOpen: true))
        {
            foreach (var part in plaintext.Chunk(piece))
            {
                await writer.WriteAsync(part);
            }

            await writer.CompleteAsync();
        }

        await using var reader = new AgeReader(new TrickleStream(payload.ToArray()), fileKey);
        using var read = new MemoryStream();
        await reader.CopyToAsync(read, piece);

        Assert.Equal(plaintext, read.ToArray());
        Assert.Equal(0, await reader.ReadAsync(new byte[1]));
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Read_CutAtAnyBorder_FailsAfterTheWholeChunksBefore(int length)
    {
        using var fileKey = AgeTestData.FileKey();
        var plaintext = AgeTestData.Pattern(length);
        var payload = AgeTestData.SealPayload(plaintext, fileKey);
        var borders = Enumerable.Range(0, (int)AgePayload.ChunkCount(length) + 1)
            .Select(i => AgePayload.NonceLength + (i * AgePayload.SealedChunkSize))
            .SelectMany(border => new[] { border - 1, border, border + 1, border + 15, border + 16, border + 17 })
            .Append(payload.Length - 1)
            .Where(cut => cut >= 16 && cut < payload.Length)
            .Distinct();

        Assert.All(borders, cut =>
        {
            var failure = AgeTestData.ReadPayload(payload[..cut], fileKey, out var released);
            Assert.Equal(AgeError.Payload, failure?.Error);
            Assert.Equal(CryptographyError.NotAuthentic, failure?.Reason);
            var whole = (cut - AgePayload.NonceLength) / AgePayload.SealedChunkSize * Chunk;
            Assert.Equal(plaintext[..whole], released);
        });
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(15)]
    public void Read_CutInsideTheNonce_IsAHeaderFault(int cut)
    {
        using var fileKey = AgeTestData.FileKey();
        var payload = AgeTestData.SealPayload([1], fileKey);

        var failure = AgeTestData.ReadPayload(payload[..cut], fileKey, out var released);

        Assert.Equal(AgeError.Header, failure?.Error);
        Assert.Empty(released);
    }

    [Fact]
    public void Read_AnyRegionChanged_FailsAndReleasesOnlyTheChunksBefore()
    {
        using var fileKey = AgeTestData.FileKey();
        var plaintext = AgeTestData.Pattern((2 * Chunk) + 100);
        var payload = AgeTestData.SealPayload(plaintext, fileKey);
        const int First = AgePayload.NonceLength;
        const int Second = First + AgePayload.SealedChunkSize;
        const int Third = Second + AgePayload.SealedChunkSize;
        (int Position, int Released)[] regions =
        [
            (0, 0), (15, 0),
            (First, 0), (First + 30_000, 0), (First + Chunk - 1, 0), (First + Chunk, 0), (Second - 1, 0),
            (Second, Chunk), (Third - 1, Chunk), (Third, 2 * Chunk), (Third + 99, 2 * Chunk), (Third + 100, 2 * Chunk),
            (payload.Length - 1, 2 * Chunk),
        ];

        Assert.All(regions, region =>
        {
            var changed = payload.ToArray();
            changed[region.Position] ^= 0x80;
            Assert.Equal(AgeError.Payload, AgeTestData.ReadPayload(changed, fileKey, out var released)?.Error);
            Assert.Equal(plaintext[..region.Released], released);
        });
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Read_BytesAfterTheLastChunk_Fails(int length)
    {
        using var fileKey = AgeTestData.FileKey();
        var plaintext = AgeTestData.Pattern(length);
        var payload = AgeTestData.SealPayload(plaintext, fileKey);

        Assert.All([1, 16, 17, AgePayload.SealedChunkSize, AgePayload.SealedChunkSize + 1], extra =>
        {
            var failure = AgeTestData.ReadPayload([.. payload, .. AgeTestData.Pattern(extra)], fileKey, out _);
            Assert.Equal(AgeError.Payload, failure?.Error);
        });
    }

    [Fact]
    public void Read_ChunksSwappedRepeatedOrLeftOut_Fails()
    {
        using var fileKey = AgeTestData.FileKey();
        var payload = AgeTestData.SealPayload(AgeTestData.Pattern(4 * Chunk), fileKey);
        var nonce = payload[..AgePayload.NonceLength];
        var chunks = payload[AgePayload.NonceLength..].Chunk(AgePayload.SealedChunkSize).ToArray();
        (int[] Order, int Released)[] orders =
        [
            ([1, 0, 2, 3], 0), ([0, 2, 1, 3], 1), ([0, 0, 1, 2, 3], 1),
            ([0, 2, 3], 1), ([0, 1, 3], 2), ([0, 1, 2, 3, 3], 4), ([3], 0),
        ];

        Assert.All(orders, order =>
        {
            byte[] changed = [.. nonce, .. order.Order.SelectMany(i => chunks[i])];
            Assert.Equal(AgeError.Payload, AgeTestData.ReadPayload(changed, fileKey, out var released)?.Error);
            Assert.Equal(order.Released * Chunk, released.Length);
        });
    }

    [Fact]
    public void Read_EmptyLastChunkAfterAFullOne_Fails()
    {
        using var fileKey = AgeTestData.FileKey();
        var nonce = AgeTestData.Pattern(16);
        using var key = new PayloadKey(fileKey, nonce);
        var payload = new byte[16 + AgePayload.SealedChunkSize + 16];
        nonce.CopyTo(payload, 0);
        key.SealChunk(payload.AsSpan(16, AgePayload.SealedChunkSize), new byte[Chunk], 0, last: false);

        // A well-made tag over nothing: only the rule about empty chunks can refuse it. SealChunk would not make it.
        using var payloadKey = PayloadKeyBytes(fileKey, nonce);
        using var cipher = new System.Security.Cryptography.ChaCha20Poly1305(payloadKey.Span);
        byte[] chunkNonce = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1];
        cipher.Encrypt(chunkNonce, [], [], payload.AsSpan(16 + AgePayload.SealedChunkSize));

        Assert.Equal(AgeError.Payload, AgeTestData.ReadPayload(payload, fileKey, out var released)?.Error);
        Assert.Equal(Chunk, released.Length);
        Assert.False(key.TryOpenChunk([], payload.AsSpan(16 + AgePayload.SealedChunkSize), 1, last: true));
    }

    [Fact]
    public void Dispose_WithoutComplete_LeavesAPayloadThatIsRefused()
    {
        using var fileKey = AgeTestData.FileKey();
        foreach (var length in new[] { 0, 10, Chunk, Chunk + 1 })
        {
            using var payload = new MemoryStream();
            using (var writer = new AgeWriter(payload, fileKey, leaveOpen: true))
            {
                writer.Write(new byte[length]);
            }

            Assert.NotNull(AgeTestData.ReadPayload(payload.ToArray(), fileKey, out _));
        }
    }

    [Fact]
    public async Task Write_AfterCompleteOrDispose_Throws()
    {
        using var fileKey = AgeTestData.FileKey();
        using var payload = new MemoryStream();
        var writer = new AgeWriter(payload, fileKey, leaveOpen: true);
        Assert.True(writer.CanWrite);
        writer.WriteByte(7);
        writer.Complete();

        Assert.False(writer.CanWrite);
        Assert.Throws<InvalidOperationException>(() => writer.WriteByte(8));
        Assert.Throws<InvalidOperationException>(writer.Complete);
        await writer.DisposeAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => writer.CompleteAsync());
        Assert.Null(AgeTestData.ReadPayload(payload.ToArray(), fileKey, out var released));
        Assert.Equal([7], released);
    }

    [Fact]
    public void Write_AfterTheDestinationFailed_NeverContinues()
    {
        using var fileKey = AgeTestData.FileKey();
        using var full = new MemoryStream(new byte[100_000], writable: true);
        using var writer = new AgeWriter(full, fileKey);
        Assert.Throws<NotSupportedException>(() => writer.Write(new byte[4 * Chunk]));

        Assert.Throws<InvalidOperationException>(() => writer.WriteByte(1));
        Assert.Throws<InvalidOperationException>(writer.Complete);
    }

    [Fact]
    public async Task Dispose_OwnedStreams_AreDisposedAndLeftOpenOnesAreNot()
    {
        using var fileKey = AgeTestData.FileKey();
        foreach (var leaveOpen in new[] { false, true })
        {
            var destination = new MemoryStream();
            var source = new MemoryStream(AgeTestData.SealPayload([1, 2], fileKey));
            var text = new MemoryStream();
            await new AgeWriter(destination, fileKey, leaveOpen).DisposeAsync();
            var reader = new AgeReader(source, fileKey, leaveOpen);
            Assert.Equal(1, reader.ReadByte());
            await reader.DisposeAsync();
            await new ArmorReader(text, leaveOpen).DisposeAsync();

            Assert.Equal((leaveOpen, leaveOpen, leaveOpen), (destination.CanWrite, source.CanRead, text.CanRead));
            Assert.Throws<ObjectDisposedException>(() => reader.ReadByte());
            Assert.False(reader.CanRead);
        }
    }

    [Fact]
    public async Task ReadAsync_Cancelled_CanBeContinued()
    {
        using var fileKey = AgeTestData.FileKey();
        await using var reader = new AgeReader(new MemoryStream(AgeTestData.SealPayload([1, 2], fileKey)), fileKey);
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => reader.ReadAsync(new byte[2], cancelled.Token).AsTask());

        var buffer = new byte[2];
        Assert.Equal(2, await reader.ReadAsync(buffer));
        Assert.Equal([1, 2], buffer);
    }

    private static SecretBytes PayloadKeyBytes(SecretBytes fileKey, byte[] nonce)
    {
        var key = new SecretBytes(32);
        System.Security.Cryptography.HKDF.DeriveKey(
            System.Security.Cryptography.HashAlgorithmName.SHA256, fileKey.Span, key.Span, nonce, "payload"u8);
        return key;
    }
}

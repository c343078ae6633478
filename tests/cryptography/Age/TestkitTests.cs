using Vault.Cryptography.Age;
using Vault.Cryptography.Primitives;

namespace Vault.Cryptography.Tests.Age;

/// <summary>The whole age testkit through every entry point.</summary>
public sealed class TestkitTests
{
    [Fact]
    public Task Open_EveryVector_EndsAsExpected() => ForEveryVectorAsync((vector, plaintext) =>
    {
        using var reader = AgeFile.Open(vector.Open(new MemoryStream(vector.File)), vector.Identities());
        reader.CopyTo(plaintext);
        return Task.CompletedTask;
    });

    [Fact]
    public Task OpenAsync_EveryVector_EndsAsExpected() => ForEveryVectorAsync(async (vector, plaintext) =>
    {
        var source = vector.Open(new MemoryStream(vector.File));
        await using var reader = await AgeFile.OpenAsync(source, vector.Identities());
        await reader.CopyToAsync(plaintext);
    });

    [Fact]
    public Task Open_EveryVectorByteByByte_EndsAsExpected() => ForEveryVectorAsync((vector, plaintext) =>
    {
        using var reader = AgeFile.Open(vector.Open(new TrickleStream(vector.File)), vector.Identities());
        var one = new byte[1];
        while (reader.Read(one) == 1)
        {
            plaintext.WriteByte(one[0]);
        }

        return Task.CompletedTask;
    });

    [Fact]
    public Task DecryptAsync_EveryVectorInSmallPieces_EndsAsExpected() => ForEveryVectorAsync((vector, plaintext) =>
    {
        // Byte by byte but for the few of 17 MB, which would take most of the run's time.
        var source = new TrickleStream(vector.File, vector.File.Length > 1 << 20 ? 509 : 1);
        return AgeFile.DecryptAsync(vector.Open(source), plaintext, vector.Identities());
    });

    [Fact]
    public async Task TryOpenChunk_EveryVectorWithAHeader_OpensExactlyTheWholePayloads()
    {
        var opened = 0;
        var refused = 0;
        foreach (var vector in (await Testkit.VectorsAsync()).Where(v => v.Expect is "success" or "payload failure"))
        {
            using var binary = new MemoryStream();
            await vector.Open(new MemoryStream(vector.File)).CopyToAsync(binary);
            var file = binary.ToArray();
            Assert.True(AgeHeader.TryMeasure(file, out var headerLength), vector.Name);
            using var fileKey = AgeHeader.Unwrap(file.AsSpan(0, headerLength), vector.Identities());
            Assert.Equal(vector.FileKey, fileKey.Span.ToArray());
            var plaintext = OpenChunks(file[headerLength..], fileKey);
            Assert.True((plaintext is not null) == (vector.Expect == "success"), vector.Name);
            if (plaintext is null)
            {
                refused++;
                continue;
            }

            Assert.True(vector.ReleasesExactly(plaintext), vector.Name);
            opened++;
        }

        Assert.Equal((26, 19), (opened, refused));
    }

    [Fact]
    public async Task Parse_EveryVectorWithAHeader_WritesTheSameHeaderAgain()
    {
        var compared = 0;
        foreach (var vector in await Testkit.VectorsAsync())
        {
            if (vector.Expect is not ("success" or "payload failure" or "no match" or "HMAC failure"))
            {
                continue;
            }

            using var binary = new MemoryStream();
            await vector.Open(new MemoryStream(vector.File)).CopyToAsync(binary);
            Assert.True(AgeHeader.TryMeasure(binary.ToArray(), out var length), vector.Name);
            var header = binary.ToArray()[..length];
            Assert.Equal(header, AgeHeader.Parse(header).ToArray());
            compared++;
        }

        Assert.Equal(26 + 19 + 13 + 1, compared);
    }

    [Fact]
    public async Task Write_EverySuccessfulVectorsPlaintext_GivesItsPayloadAgain()
    {
        var compared = 0;
        foreach (var vector in (await Testkit.VectorsAsync()).Where(v => v.Expect == "success"))
        {
            using var binary = new MemoryStream();
            await vector.Open(new MemoryStream(vector.File)).CopyToAsync(binary);
            var file = binary.ToArray();
            Assert.True(AgeHeader.TryMeasure(file, out var headerLength));
            var payload = file[headerLength..];
            using var fileKey = new SecretBytes(vector.FileKey);
            using var written = new MemoryStream();
            var nonce = payload[..AgePayload.NonceLength];
            using (var writer = new AgeWriter(written, fileKey, nonce, leaveOpen: true))
            {
                writer.Write(AgeTestData.Decrypt(file, vector.Identities()));
                writer.Complete();
            }

            Assert.True(payload.AsSpan().SequenceEqual(written.ToArray()), vector.Name);
            compared++;
        }

        Assert.Equal(26, compared);
    }

    private static async Task ForEveryVectorAsync(Func<TestkitVector, MemoryStream, Task> decrypt)
    {
        var wrong = new List<string>();
        var run = 0;
        foreach (var vector in await Testkit.VectorsAsync())
        {
            using var plaintext = new MemoryStream();
            AgeException? failure = null;
            try
            {
                await decrypt(vector, plaintext);
            }
            catch (AgeException error)
            {
                failure = error;
            }

            run++;
            if (!vector.Expects(failure) || !vector.ReleasesExactly(plaintext.ToArray()))
            {
                wrong.Add($"{vector.Name}: expected {vector.Expect}, got {failure?.Message ?? "success"}");
            }
        }

        Assert.Empty(wrong);
        Assert.Equal(Testkit.Count, run);
    }

    // The way a parallel receiver goes: the length is known, so is which chunk is the last.
    private static byte[]? OpenChunks(byte[] payload, SecretBytes fileKey)
    {
        byte[] plaintext;
        try
        {
            plaintext = new byte[AgePayload.PlaintextLength(payload.Length)];
        }
        catch (AgeException error)
        {
            Assert.Equal(AgeError.Payload, error.Error);
            return null;
        }

        using var key = new PayloadKey(fileKey, payload.AsSpan(0, AgePayload.NonceLength));
        var chunks = AgePayload.ChunkCount(plaintext.Length);
        var refused = 0;
        Parallel.For(0L, chunks, () => key.Clone(), (i, _, worker) =>
        {
            var from = (int)(AgePayload.NonceLength + (i * AgePayload.SealedChunkSize));
            var length = Math.Min(AgePayload.SealedChunkSize, payload.Length - from);
            var target = plaintext.AsSpan((int)(i * AgePayload.ChunkSize), length - AgePayload.Overhead);
            if (!worker.TryOpenChunk(target, payload.AsSpan(from, length), (ulong)i, i == chunks - 1))
            {
                Interlocked.Increment(ref refused);
            }

            return worker;
        }, worker => worker.Dispose());
        return refused == 0 ? plaintext : null;
    }
}

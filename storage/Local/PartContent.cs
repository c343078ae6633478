using System.Buffers;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Vault.Storage.Local;

/// <summary>The bytes of a part on their way in, and in a file.</summary>
internal static class PartContent
{
    private const int BufferSize = 512 * 1024;

    /// <summary>Hashes a part's bytes as they arrive, writes them to their place in the file, and compares.</summary>
    /// <exception cref="StorageException">
    /// <see cref="StorageError.PartMismatch"/>: they are not what the part announces; the file may have them.
    /// </exception>
    internal static Task ReceiveAsync(
        BlobName name, BlobPart part, Stream content, DirectFile file, CancellationToken cancellationToken) =>
        PassAsync(name, part, content, file, cancellationToken);

    /// <summary>Hashes a part's bytes as they arrive, compares, and keeps nothing.</summary>
    /// <inheritdoc cref="ReceiveAsync"/>
    internal static Task CheckAsync(
        BlobName name, BlobPart part, Stream content, CancellationToken cancellationToken) =>
        PassAsync(name, part, content, null, cancellationToken);

    /// <summary>Whether a file has a part's bytes in their place.</summary>
    internal static bool IsIn(SafeFileHandle file, BlobPart part)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(Math.Min(part.Length, BufferSize));
        try
        {
            for (var done = 0; done < part.Length;)
            {
                var chunk = buffer.AsSpan(0, Math.Min(buffer.Length, part.Length - done));
                if (LocalFile.ReadUpTo(file, chunk, part.Offset + done) < chunk.Length)
                {
                    return false;
                }

                sha.AppendData(chunk);
                done += chunk.Length;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return BlobParts.HasHash(sha, part);
    }

    private static async Task PassAsync(
        BlobName name, BlobPart part, Stream content, DirectFile? file, CancellationToken cancellationToken)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var buffer = AlignedBuffer.Rent();
        for (var done = 0; done < part.Length;)
        {
            var chunk = buffer.Memory[..AlignedBuffer.NextLength(part.Offset + done, part.Length - done)];
            var received = await content
                .ReadAtLeastAsync(chunk, chunk.Length, throwOnEndOfStream: false, cancellationToken)
                .ConfigureAwait(false);
            if (received < chunk.Length)
            {
                throw BlobParts.Mismatch(name, part, $"ends after {done + received} of {part.Length} bytes");
            }

            sha.AppendData(chunk.Span);
            await WriteAsync(name, part, file, chunk, part.Offset + done, cancellationToken).ConfigureAwait(false);
            done += chunk.Length;
        }

        if (await content.ReadAsync(buffer.Memory[..1], cancellationToken).ConfigureAwait(false) != 0)
        {
            throw BlobParts.Mismatch(name, part, $"goes on after {part.Length} bytes");
        }

        if (!BlobParts.HasHash(sha, part))
        {
            throw BlobParts.Mismatch(name, part, "has another SHA-256");
        }
    }

    private static async ValueTask WriteAsync(
        BlobName name,
        BlobPart part,
        DirectFile? file,
        ReadOnlyMemory<byte> chunk,
        long offset,
        CancellationToken cancellationToken)
    {
        if (file is null)
        {
            return;
        }

        try
        {
            await file.WriteAsync(chunk, offset, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (LocalFile.IsFailure(error))
        {
            throw LocalFile.Unavailable($"write part {part.Index} of the blob {name}", error);
        }
    }
}

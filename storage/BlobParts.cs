using System.Security.Cryptography;

namespace Vault.Storage;

/// <summary>What every blob store asks of lists of parts and of ranges.</summary>
internal static class BlobParts
{
    /// <summary>Checks that parts are 0, 1, 2… without gap or overlap, and answers the length of the whole.</summary>
    internal static long RequireWhole(IReadOnlyList<BlobPart> parts)
    {
        var length = 0L;
        for (var index = 0; index < parts.Count; index++)
        {
            var part = parts[index] ?? throw new ArgumentException("A part is null.", nameof(parts));
            part.RequireValid(nameof(parts));
            if (part.Index != index || part.Offset != length)
            {
                throw new ArgumentException(
                    $"Part {index} is not next: the list has a gap or an overlap.", nameof(parts));
            }

            length += part.Length;
        }

        return length;
    }

    /// <summary>Refuses a range that reaches outside a blob of a length.</summary>
    internal static void RequireRange(BlobName name, long offset, long length, long whole)
    {
        if (offset < 0 || length < 0 || offset > whole || length > whole - offset)
        {
            throw new StorageException(
                StorageError.InvalidRange,
                $"{length} bytes from {offset} reach outside the {whole} of the blob {name}.");
        }
    }

    /// <summary>What a commit answers that lists parts which are not staged.</summary>
    internal static StorageException Missing(BlobName name, IReadOnlyList<int> missing)
    {
        const int Shown = 100;
        var indexes = string.Join(", ", missing.Take(Shown)) + (missing.Count > Shown ? ", …" : "");
        return new StorageException(
            StorageError.PartMissing,
            $"The blob {name} lacks {missing.Count} parts, which are to be sent again: {indexes}.");
    }

    /// <summary>Whether what was hashed is the part; begins anew.</summary>
    internal static bool HasHash(IncrementalHash sha, BlobPart part)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        sha.GetHashAndReset(hash);
        return hash.SequenceEqual(part.Sha256.Span);
    }

    /// <summary>What staging answers to content that is not the part.</summary>
    internal static StorageException Mismatch(BlobName name, BlobPart part, string how) =>
        new(StorageError.PartMismatch, $"Part {part.Index} of the blob {name} {how}.");
}

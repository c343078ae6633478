using System.Security.Cryptography;

namespace Vault.Storage.Tests;

/// <summary>A blob whose bytes follow from a number, cut into parts.</summary>
internal sealed record TestBlob(BlobName Name, byte[] Content, IReadOnlyList<BlobPart> Parts)
{
    internal static TestBlob Create(int number, int length, int partSize)
    {
        var content = new byte[length];
#pragma warning disable CA5394 // Repeatable bytes are the point.
        new Random(number).NextBytes(content);
#pragma warning restore CA5394
        var parts = new List<BlobPart>();
        for (var offset = 0; offset < length; offset += partSize)
        {
            var size = Math.Min(partSize, length - offset);
            parts.Add(new BlobPart(parts.Count, offset, size, SHA256.HashData(content.AsSpan(offset, size))));
        }

        return new TestBlob(BlobName.Create("files", $"{number:x8}", "1"), content, parts);
    }

    internal MemoryStream Open(BlobPart part) => new(Content, (int)part.Offset, part.Length, writable: false);
}

using Vault.Cryptography.Age;

namespace Vault.Client.Files;

/// <summary>
/// What a file of this machine has already of a version that is being received. It proves itself: each part of its plaintext is sealed again,
/// which gives the bytes that were sent, and compared with the signed list. No note of an earlier receive has to be believed.
/// </summary>
internal sealed class HeldContent(VersionContent content, OpenedVersion version, byte[] nonce)
{
    /// <summary>Goes through the parts from the first on, as far as they are the version's.</summary>
    /// <param name="held">How long the file is that has them, in bytes.</param>
    /// <param name="read">Fills a buffer from an offset.</param>
    /// <param name="use">Gets the plaintext of each part that is right.</param>
    /// <returns>How many are right.</returns>
    internal async Task<int> CountAsync(
        long held, Func<Memory<byte>, long, CancellationToken, Task> read, Action<ReadOnlyMemory<byte>> use, CancellationToken cancellationToken)
    {
        using var key = new PayloadKey(version.FileKey, nonce);
        var layout = content.Layout;
        using var buffers = PartBuffers.For(layout.PartSize);
        for (var index = 0; index < layout.PartCount; index++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (offset, length) = content.PlainRange(index);
            if (offset + length > held || length == 0)
            {
                return index;
            }

            var (plain, sealedPart) = (buffers.RentPlain(), buffers.Rent());
            try
            {
                await read(plain[..length], offset, cancellationToken).ConfigureAwait(false);
                NewContent.Seal(key, nonce, layout, index, plain.Span[..length], sealedPart.Span[..layout.Length(index)]);
                if (!content.IsPart(index, sealedPart.Span[..layout.Length(index)]))
                {
                    return index;
                }

                use(plain[..length]);
            }
            finally
            {
                buffers.ReturnPlain(plain);
                buffers.Return(sealedPart);
            }
        }

        return layout.PartCount;
    }
}

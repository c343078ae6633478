using Azure.Storage.Blobs.Models;

namespace Vault.Storage.Azure;

/// <summary>
/// A range of a blob as it comes from the service, which the client asks again for the rest when a connection breaks: the
/// rest of the same blob or nothing. Failures become <see cref="StorageException"/>s.
/// </summary>
internal sealed class DownloadStream(BlobName name, BlobDownloadStreamingResult download) : Stream
{
    private long _read;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => download.Details.ContentLength;

    public override long Position
    {
        get => _read;
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read;
        try
        {
            read = await download.Content.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (AzureContainer.IsFailure(error, cancellationToken))
        {
            throw AzureContainer.Unavailable($"read the blob {name}", error);
        }

        _read += read;
        return read > 0 || buffer.IsEmpty || _read == Length
            ? read
            : throw new StorageException(
                StorageError.Damaged, $"The blob {name} gave {_read} bytes of a range of {Length}, and then no more.");
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) =>
        throw new NotSupportedException("A download is read asynchronously.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            download.Dispose();
        }

        base.Dispose(disposing);
    }
}

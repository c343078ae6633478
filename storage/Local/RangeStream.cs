using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace Vault.Storage.Local;

/// <summary>Reads one stretch of a file, without a buffer of its own; owns the handle.</summary>
internal sealed class RangeStream(BlobName name, SafeFileHandle file, long offset, long length) : Stream
{
    private const int LargeCopy = 512 * 1024;

    private long _read;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position
    {
        get => _read;
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        try
        {
            return Count(buffer.Length, RandomAccess.Read(file, buffer[..Wanted(buffer.Length)], offset + _read));
        }
        catch (Exception error) when (LocalFile.IsFailure(error))
        {
            throw LocalFile.Unavailable($"read the blob {name}", error);
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            var wanted = buffer[..Wanted(buffer.Length)];
            var read = await RandomAccess.ReadAsync(file, wanted, offset + _read, cancellationToken)
                .ConfigureAwait(false);
            return Count(buffer.Length, read);
        }
        catch (Exception error) when (LocalFile.IsFailure(error))
        {
            throw LocalFile.Unavailable($"read the blob {name}", error);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken)
    {
        ValidateCopyToArguments(destination, bufferSize);
        var size = Math.Max(bufferSize, (int)Math.Min(length - _read, LargeCopy));
        var buffer = ArrayPool<byte>.Shared.Rent(size);
        try
        {
            int read;
            while ((read = await ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
            {
                await destination.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

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
            file.Dispose();
        }

        base.Dispose(disposing);
    }

    private int Wanted(int room) => (int)Math.Min(room, length - _read);

    private int Count(int room, int read)
    {
        if (read == 0 && Wanted(room) > 0)
        {
            throw new StorageException(
                StorageError.Damaged,
                $"The blob {name} ends before byte {offset + length}, though it had more when opened.");
        }

        _read += read;
        return read;
    }
}

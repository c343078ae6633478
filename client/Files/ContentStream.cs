using System.Security.Cryptography;

namespace Vault.Client.Files;

/// <summary>A stored file as a stream that can be read anywhere: fetches, checks and opens only the parts that are read.</summary>
/// <remarks>A part is the smallest stretch that its owner signed, so it is the smallest that is fetched; the one read last is kept.</remarks>
internal sealed class ContentStream(OpenedVersion version, VersionContent content, SemaphoreSlim slots) : Stream
{
    private byte[] _part = [];
    private int _partLength;
    private int _index = -1;
    private byte[]? _nonce;
    private long _position;
    private bool _disposed;

    public override bool CanRead => !_disposed;

    public override bool CanSeek => !_disposed;

    public override bool CanWrite => false;

    public override long Length => version.Metadata.Size;

    public override long Position
    {
        get => _position;
        set => Seek(value, SeekOrigin.Begin);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_position >= Length || buffer.IsEmpty)
        {
            return 0;
        }

        var index = (int)(_position / content.PlainPartSize);
        if (index != _index)
        {
            await FetchAsync(index, cancellationToken).ConfigureAwait(false);
        }

        var skip = (int)(_position - content.PlainRange(index).Offset);
        var count = Math.Min(buffer.Length, _partLength - skip);
        _part.AsSpan(skip, count).CopyTo(buffer.Span);
        _position += count;
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) =>
        ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override long Seek(long offset, SeekOrigin origin)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var position = origin switch
        {
            SeekOrigin.Begin => offset,
            SeekOrigin.Current => _position + offset,
            SeekOrigin.End => Length + offset,
            _ => throw new ArgumentOutOfRangeException(nameof(origin)),
        };
        ArgumentOutOfRangeException.ThrowIfNegative(position, nameof(offset));
        return _position = position;
    }

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException("A stored file does not change.");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("A stored file does not change.");

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            CryptographicOperations.ZeroMemory(_part);
            version.Dispose();
            slots.Dispose();
        }

        base.Dispose(disposing);
    }

    private async Task FetchAsync(int index, CancellationToken cancellationToken)
    {
        if (index > 0)
        {
            _nonce ??= await content.FetchNonceAsync(cancellationToken).ConfigureAwait(false);
        }

        await content.ForEachAsync(
            index, index + 1, index == 0 ? null : _nonce,
            (part, _) =>
            {
                ObjectDisposedException.ThrowIf(_disposed, this); // meanwhile: nobody would zero it any more
                if (_part.Length < part.Plain.Length)
                {
                    CryptographicOperations.ZeroMemory(_part);
                    _part = GC.AllocateUninitializedArray<byte>(part.Plain.Length, pinned: true);
                }

                part.Plain.CopyTo(_part);
                (_index, _partLength) = (part.Index, part.Plain.Length);
                return Task.CompletedTask;
            },
            cancellationToken).ConfigureAwait(false);
    }
}

using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Vault.Cryptography.Primitives;

namespace Vault.Cryptography.Age;

/// <summary>
/// Turns plaintext into a payload (nonce and chunks) in constant memory; the header must already be in the destination.
/// </summary>
/// <remarks>
/// <see cref="Complete"/> or <see cref="CompleteAsync"/> writes the last chunk. Disposing without it leaves a payload
/// that every reader refuses as cut off: a source that failed half-way never becomes a file that looks whole.
/// </remarks>
[SuppressMessage("Naming", "CA1710", Justification = "Reader and writer say more than the suffix Stream.")]
public sealed class AgeWriter : Stream
{
    private readonly Stream _destination;
    private readonly bool _leaveOpen;
    private readonly PayloadKey _key;
    private readonly byte[] _plaintext = new byte[AgePayload.ChunkSize];
    private readonly byte[] _sealed = new byte[AgePayload.NonceLength + AgePayload.SealedChunkSize];
    private int _filled;
    private int _pendingNonce = AgePayload.NonceLength;
    private ulong _counter;
    private bool _closed;
    private bool _disposed;

    /// <summary>
    /// Starts a payload under a fresh random nonce; nothing is written before the first chunk is full or complete.
    /// </summary>
    /// <param name="destination">Where the payload goes.</param>
    /// <param name="fileKey">The file key, 16 bytes, new for this file; still the caller's to dispose.</param>
    /// <param name="leaveOpen">Whether disposing leaves <paramref name="destination"/> open.</param>
    public AgeWriter(Stream destination, SecretBytes fileKey, bool leaveOpen = false)
        : this(destination, fileKey, RandomNumberGenerator.GetBytes(AgePayload.NonceLength), leaveOpen)
    {
    }

    internal AgeWriter(Stream destination, SecretBytes fileKey, ReadOnlySpan<byte> nonce, bool leaveOpen)
    {
        ArgumentNullException.ThrowIfNull(destination);
        _destination = destination;
        _leaveOpen = leaveOpen;
        _key = new PayloadKey(fileKey, nonce);
        nonce.CopyTo(_sealed);
    }

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => !_closed;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        RequireOpen();
        while (!buffer.IsEmpty)
        {
            // A full buffer is sealed only when more follows: until then it may be the last chunk.
            if (_filled == AgePayload.ChunkSize)
            {
                WriteSealed(last: false);
            }

            buffer = buffer[Fill(buffer)..];
        }
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        Write(buffer.AsSpan(offset, count));
    }

    /// <inheritdoc/>
    public override void WriteByte(byte value) => Write([value]);

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(
        ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        RequireOpen();
        while (!buffer.IsEmpty)
        {
            if (_filled == AgePayload.ChunkSize)
            {
                await WriteSealedAsync(last: false, cancellationToken).ConfigureAwait(false);
            }

            buffer = buffer[Fill(buffer.Span)..];
        }
    }

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    /// <summary>Seals and writes the last chunk and flushes. Nothing can be written afterwards.</summary>
    /// <exception cref="InvalidOperationException">
    /// The payload is complete already, or an earlier write failed.
    /// </exception>
    public void Complete()
    {
        RequireOpen();
        WriteSealed(last: true);
        _closed = true;
        _destination.Flush();
    }

    /// <summary>Seals and writes the last chunk and flushes. Nothing can be written afterwards.</summary>
    /// <exception cref="InvalidOperationException">
    /// The payload is complete already, or an earlier write failed.
    /// </exception>
    public async Task CompleteAsync(CancellationToken cancellationToken = default)
    {
        RequireOpen();
        await WriteSealedAsync(last: true, cancellationToken).ConfigureAwait(false);
        _closed = true;
        await _destination.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Flushes the destination; a chunk that is not full stays here, since it may be the last.</summary>
    public override void Flush() => _destination.Flush();

    /// <inheritdoc cref="Flush"/>
    public override Task FlushAsync(CancellationToken cancellationToken) => _destination.FlushAsync(cancellationToken);

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (!_disposed && !_leaveOpen)
        {
            await _destination.DisposeAsync().ConfigureAwait(false);
        }

        await base.DisposeAsync().ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            _closed = true;
            _key.Dispose();
            CryptographicOperations.ZeroMemory(_plaintext);
            if (!_leaveOpen)
            {
                _destination.Dispose();
            }
        }

        base.Dispose(disposing);
    }

    private void RequireOpen()
    {
        if (_closed)
        {
            throw new InvalidOperationException("The payload is complete, disposed, or an earlier write failed.");
        }
    }

    private int Fill(ReadOnlySpan<byte> buffer)
    {
        var count = Math.Min(buffer.Length, AgePayload.ChunkSize - _filled);
        buffer[..count].CopyTo(_plaintext.AsSpan(_filled));
        _filled += count;
        return count;
    }

    // A failed write leaves an unknown part of the chunk behind, so the writer stays closed unless the write returns.
    private void WriteSealed(bool last)
    {
        var bytes = Seal(last);
        _closed = true;
        _destination.Write(bytes.Span);
        _closed = false;
    }

    private async ValueTask WriteSealedAsync(bool last, CancellationToken cancellationToken)
    {
        var bytes = Seal(last);
        _closed = true;
        await _destination.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
        _closed = false;
    }

    // The first write is nonce ‖ chunk 0, the others a chunk each.
    private ReadOnlyMemory<byte> Seal(bool last)
    {
        var length = _filled + AgePayload.Overhead;
        _key.SealChunk(_sealed.AsSpan(AgePayload.NonceLength, length), _plaintext.AsSpan(0, _filled), _counter, last);
        var bytes = _sealed.AsMemory(AgePayload.NonceLength - _pendingNonce, _pendingNonce + length);
        _counter++;
        _filled = 0;
        _pendingNonce = 0;
        return bytes;
    }
}

using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Security.Cryptography;
using Vault.Cryptography.Noise;

namespace Vault.Protocol.Channel;

/// <summary>
/// Encrypts what is written into Noise transport messages: the caller writes straight into the transport's memory, behind room for the
/// length, and a message is sealed in place when it is full or flushed.
/// </summary>
/// <remarks>
/// length (2, big-endian) ‖ ciphertext ‖ tag (16). Nothing is held between a flush and the next write. A caller who wants more at once than
/// a message holds, as Orleans does for a long call, is lent memory apart, which is cut into messages when it is written.
/// </remarks>
internal sealed class NoisePipeWriter(PipeWriter inner, CipherState cipher, long rekeyInterval) : PipeWriter
{
    private const int UsualMessageLength = 32 * 1024;

    private readonly RecordCounter _records = new(cipher, rekeyInterval);
    private Memory<byte> _message; // the transport's memory for the message being written; empty when there is none
    private int _written;
    private byte[]? _apart; // for more than a message holds, from GetMemory to Advance

    public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

    public override long UnflushedBytes => inner.UnflushedBytes + _written;

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        ReturnApart();
        if (sizeHint > NoiseRecord.MaxPlaintextLength)
        {
            return _apart = ArrayPool<byte>.Shared.Rent(sizeHint);
        }

        var wanted = Math.Max(sizeHint, 1);
        if (!_message.IsEmpty && Room < wanted)
        {
            Seal();
        }

        if (_message.IsEmpty)
        {
            var memory = inner.GetMemory(Math.Max(wanted, UsualMessageLength) + NoiseRecord.Overhead);
            _message = memory[..Math.Min(memory.Length, NoiseRecord.MaxLength)];
        }

        return _message.Slice(NoiseRecord.LengthLength + _written, Room);
    }

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void Advance(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        if (_apart is not null)
        {
            Seal();
            SealAll(_apart.AsSpan(0, bytes)); // or the span throws: more was written than there was memory for
            ReturnApart();
            return;
        }

        if (bytes > Room)
        {
            throw new InvalidOperationException("More was written than there was memory for.");
        }

        _written += bytes;
    }

    /// <summary>Seals straight from the caller's memory into the transport's: no copy in between.</summary>
    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        Seal();
        SealAll(source.Span);
        return inner.FlushAsync(cancellationToken);
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        Seal();
        return inner.FlushAsync(cancellationToken);
    }

    public override void CancelPendingFlush() => inner.CancelPendingFlush();

    public override void Complete(Exception? exception = null)
    {
        if (exception is null)
        {
            Seal();
        }

        ReturnApart();
        inner.Complete(exception);
        cipher.Dispose();
    }

    private int Room => _message.IsEmpty ? 0 : _message.Length - NoiseRecord.Overhead - _written;

    private void Seal()
    {
        if (_written > 0)
        {
            Seal(_message.Span, _message.Span.Slice(NoiseRecord.LengthLength, _written)); // in place: the two begin together
        }

        _message = default;
        _written = 0;
    }

    private void SealAll(ReadOnlySpan<byte> left)
    {
        while (!left.IsEmpty)
        {
            var plaintext = left[..Math.Min(left.Length, NoiseRecord.MaxPlaintextLength)];
            left = left[plaintext.Length..];
            Seal(inner.GetSpan(plaintext.Length + NoiseRecord.Overhead), plaintext);
        }
    }

    private void ReturnApart()
    {
        if (_apart is { } apart)
        {
            _apart = null;
            CryptographicOperations.ZeroMemory(apart);
            ArrayPool<byte>.Shared.Return(apart);
        }
    }

    private void Seal(Span<byte> message, ReadOnlySpan<byte> plaintext)
    {
        _records.Next();
        BinaryPrimitives.WriteUInt16BigEndian(message, (ushort)(plaintext.Length + NoiseProtocol.TagLength));
        cipher.EncryptWithAd(message[NoiseRecord.LengthLength..], [], plaintext);
        inner.Advance(plaintext.Length + NoiseRecord.Overhead);
    }
}

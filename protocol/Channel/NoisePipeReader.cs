using System.Buffers;
using System.IO.Pipelines;
using Vault.Cryptography;
using Vault.Cryptography.Noise;

namespace Vault.Protocol.Channel;

/// <summary>Decrypts Noise transport messages when the caller asks for more; no task runs and no buffer is held in between.</summary>
internal sealed class NoisePipeReader : PipeReader
{
    private static readonly PipeOptions Unbounded = new(
        pauseWriterThreshold: 0, minimumSegmentSize: NoiseProtocol.MaxMessageLength,
        readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline, useSynchronizationContext: false);

    private readonly PipeReader _inner;
    private readonly CipherState _cipher;
    private readonly RecordCounter _records;
    private readonly Pipe _plaintext = new(Unbounded); // grows by what one read of the transport brings, and empties before the next

    public NoisePipeReader(PipeReader inner, CipherState cipher, long rekeyInterval)
    {
        _inner = inner;
        _cipher = cipher;
        _records = new RecordCounter(cipher, rekeyInterval);
    }

    public override bool TryRead(out ReadResult result)
    {
        while (!_plaintext.Reader.TryRead(out result))
        {
            if (!_inner.TryRead(out var read))
            {
                return false;
            }

            if (read.IsCanceled)
            {
                result = Canceled(read);
                return true;
            }

            Decrypt(read);
        }

        return true;
    }

    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        ReadResult result;
        while (!_plaintext.Reader.TryRead(out result))
        {
            var read = await _inner.ReadAsync(cancellationToken).ConfigureAwait(false);
            if (read.IsCanceled)
            {
                return Canceled(read);
            }

            Decrypt(read);
        }

        return result;
    }

    public override void AdvanceTo(SequencePosition consumed) => _plaintext.Reader.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) =>
        _plaintext.Reader.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => _inner.CancelPendingRead();

    public override void Complete(Exception? exception = null)
    {
        _plaintext.Reader.Complete(exception);
        _plaintext.Writer.Complete();
        _inner.Complete(exception);
        _cipher.Dispose();
    }

    private ReadResult Canceled(ReadResult read)
    {
        _inner.AdvanceTo(read.Buffer.Start);
        return new ReadResult(default, isCanceled: true, isCompleted: false);
    }

    /// <exception cref="ChannelException">A message does not verify, or the transport ended inside one.</exception>
    private void Decrypt(ReadResult read)
    {
        var buffer = read.Buffer;
        while (TryTakeMessage(ref buffer, out var message))
        {
            Decrypt(message);
        }

        var torn = read.IsCompleted && !buffer.IsEmpty;
        _inner.AdvanceTo(buffer.Start, buffer.End);
        if (torn)
        {
            throw new ChannelException(ChannelError.Truncated, "The connection ended inside a message.");
        }

        if (read.IsCompleted)
        {
            _plaintext.Writer.Complete();
            return;
        }

        var flush = _plaintext.Writer.FlushAsync();
        if (!flush.IsCompleted)
        {
            throw new InvalidOperationException("A pipe without a threshold never waits.");
        }

        flush.GetAwaiter().GetResult();
    }

    private void Decrypt(in ReadOnlySequence<byte> message)
    {
        _records.Next();
        var length = (int)message.Length;
        byte[]? copy = null;
        try
        {
            var ciphertext = message.FirstSpan;
            if (!message.IsSingleSegment)
            {
                copy = ArrayPool<byte>.Shared.Rent(length);
                message.CopyTo(copy);
                ciphertext = copy.AsSpan(0, length);
            }

            var room = _plaintext.Writer.GetSpan(Math.Max(length - NoiseProtocol.TagLength, 1));
            _plaintext.Writer.Advance(_cipher.DecryptWithAd(room, [], ciphertext));
        }
        catch (CryptographyException error)
        {
            throw new ChannelException(ChannelError.Tampered, "A message was changed on its way; the connection ends.", error);
        }
        finally
        {
            if (copy is not null)
            {
                ArrayPool<byte>.Shared.Return(copy);
            }
        }
    }

    private static bool TryTakeMessage(ref ReadOnlySequence<byte> buffer, out ReadOnlySequence<byte> message)
    {
        message = default;
        var reader = new SequenceReader<byte>(buffer);
        if (!reader.TryReadBigEndian(out short signed) || reader.Remaining < unchecked((ushort)signed))
        {
            return false;
        }

        message = buffer.Slice(reader.Position, unchecked((ushort)signed));
        buffer = buffer.Slice(message.End);
        return true;
    }
}

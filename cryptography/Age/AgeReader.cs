using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Vault.Cryptography.Primitives;

namespace Vault.Cryptography.Age;

/// <summary>Turns a payload (nonce and chunks, without the header) into its plaintext in constant memory.</summary>
/// <remarks>
/// Plaintext is given out chunk by chunk, before the end is known: only a read that answers 0 says that the payload was
/// whole. A payload that is changed, cut off or followed by other bytes gives an <see cref="AgeException"/> on this and
/// every later read.
/// </remarks>
[SuppressMessage("Naming", "CA1710", Justification = "Reader and writer say more than the suffix Stream.")]
public sealed class AgeReader : ForwardReadStream
{
    private readonly SecretBytes _fileKey;
    private readonly byte[] _sealed = new byte[AgePayload.SealedChunkSize];
    private readonly byte[] _plaintext = new byte[AgePayload.ChunkSize];
    private ReadOnlyMemory<byte> _readAhead;
    private PayloadKey? _key;
    private int _filled;
    private int _offset;
    private int _available;
    private ulong _counter;
    private bool _sourceEnded;
    private bool _lastOpened;
    private AgeException? _failure;

    /// <summary>
    /// Reads from <paramref name="source"/>, which stands at the payload's nonce; nothing is read before the first
    /// read.
    /// </summary>
    /// <param name="source">The payload.</param>
    /// <param name="fileKey">The file key, 16 bytes; still the caller's to dispose.</param>
    /// <param name="leaveOpen">Whether disposing leaves <paramref name="source"/> open.</param>
    public AgeReader(Stream source, SecretBytes fileKey, bool leaveOpen = false)
        : this(source, default, fileKey, leaveOpen)
    {
    }

    /// <summary>
    /// As the public constructor, for a payload whose first bytes, <paramref name="readAhead"/>, were read with the
    /// header.
    /// </summary>
    internal AgeReader(Stream source, ReadOnlyMemory<byte> readAhead, SecretBytes fileKey, bool leaveOpen)
        : base(source, leaveOpen)
    {
        ArgumentNullException.ThrowIfNull(fileKey);
        Require.Length(fileKey.Span, AgeHeader.FileKeyLength, nameof(fileKey));
        _readAhead = readAhead;
        _fileKey = fileKey.Copy();
    }

    // How many bytes the next step needs; the source may end before it has them.
    private int Wanted => _key is null ? AgePayload.NonceLength : AgePayload.SealedChunkSize;

    /// <inheritdoc/>
    /// <exception cref="AgeException">
    /// <see cref="AgeError.Payload"/>, or <see cref="AgeError.Header"/> if the nonce is cut off.
    /// </exception>
    public override int Read(Span<byte> buffer)
    {
        while (!buffer.IsEmpty && NeedsStep())
        {
            while (_filled < Wanted && !_sourceEnded)
            {
                var free = _sealed.AsSpan(_filled, Wanted - _filled);
                Accept(_readAhead.IsEmpty ? Source.Read(free) : TakeReadAhead(free));
            }

            Step();
        }

        return TakePlaintext(buffer);
    }

    /// <inheritdoc/>
    /// <exception cref="AgeException">
    /// <see cref="AgeError.Payload"/>, or <see cref="AgeError.Header"/> if the nonce is cut off.
    /// </exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!buffer.IsEmpty && NeedsStep())
        {
            while (_filled < Wanted && !_sourceEnded)
            {
                var free = _sealed.AsMemory(_filled, Wanted - _filled);
                Accept(_readAhead.IsEmpty
                    ? await Source.ReadAsync(free, cancellationToken).ConfigureAwait(false)
                    : TakeReadAhead(free.Span));
            }

            Step();
        }

        return TakePlaintext(buffer.Span);
    }

    private protected override void Release()
    {
        _fileKey.Dispose();
        _key?.Dispose();
        CryptographicOperations.ZeroMemory(_plaintext);
    }

    private bool NeedsStep()
    {
        RequireOpen();
        if (_available > 0)
        {
            return false;
        }

        if (_failure is not null)
        {
            throw new AgeException(_failure.Error, _failure.Message, _failure);
        }

        return !(_lastOpened && _sourceEnded && _filled == 0);
    }

    private int TakeReadAhead(Span<byte> destination)
    {
        var count = Math.Min(destination.Length, _readAhead.Length);
        _readAhead.Span[..count].CopyTo(destination);
        _readAhead = _readAhead[count..];
        return count;
    }

    private void Accept(int count)
    {
        _filled += count;
        _sourceEnded = count == 0;
    }

    private void Step()
    {
        if (_key is null)
        {
            DeriveKey();
            return;
        }

        if (_lastOpened)
        {
            if (_filled > 0)
            {
                throw Fail(AgeError.Payload, "Other bytes follow the payload's last chunk.");
            }

            return;
        }

        OpenChunk(_key);
    }

    private void DeriveKey()
    {
        if (_filled < AgePayload.NonceLength)
        {
            throw Fail(AgeError.Header, "The file ends before its payload.");
        }

        _key = new PayloadKey(_fileKey, _sealed.AsSpan(0, AgePayload.NonceLength));
        _fileKey.Dispose();
        _filled = 0;
    }

    // A full chunk may be the last or not, and the end of the source does not tell (it may be cut off there): its flag
    // does. Whichever flag opens it, its plaintext is authentic and given out; what must follow is judged by the next
    // step.
    private void OpenChunk(PayloadKey key)
    {
        var chunk = _sealed.AsSpan(0, _filled);
        var plaintext = _plaintext.AsSpan(0, Math.Max(0, _filled - AgePayload.Overhead));
        if (!key.TryOpenChunk(plaintext, chunk, _counter, last: false))
        {
            _lastOpened = key.TryOpenChunk(plaintext, chunk, _counter, last: true);
            if (!_lastOpened)
            {
                throw Fail(AgeError.Payload, _filled == 0 ? "The payload is cut off." : "A chunk is changed or cut.");
            }
        }

        _counter++;
        _filled = 0;
        _offset = 0;
        _available = plaintext.Length;
    }

    private AgeException Fail(AgeError error, string message) => _failure = new AgeException(error, message);

    private int TakePlaintext(Span<byte> buffer)
    {
        var count = Math.Min(buffer.Length, _available);
        _plaintext.AsSpan(_offset, count).CopyTo(buffer);
        _offset += count;
        _available -= count;
        return count;
    }
}

using Azure;
using Vault.Storage.Lines;

namespace Vault.Storage.Azure;

/// <summary>Reads the lines of one segment, a few mebibytes at a time.</summary>
internal sealed class SegmentLines
{
    private const int ChunkLength = 4 * 1024 * 1024;

    private readonly StreamSegments _segments;
    private readonly SegmentPosition _start;
    private SegmentPosition _next;
    private byte[] _buffer = [];
    private int _taken; // _buffer[_taken.._filled) was read and not taken,
    private int _searched; // and before this there is no line break in it
    private int _filled;

    internal SegmentLines(StreamSegments segments, SegmentPosition start) => (_segments, _start, _next) = (segments, start, start);

    /// <summary>Whether there is nothing more to read; also where there is no segment.</summary>
    internal bool HasEnded { get; private set; }

    /// <summary>The state of the blob when its end was read; null as long as it was not, or where nothing was read.</summary>
    internal ETag? State { get; private set; }

    /// <summary>Whether bytes without a line break stand behind the last line.</summary>
    internal bool HasRest => _taken < _filled;

    /// <summary>Begins at the start; false when no line that states this head ends there.</summary>
    internal async Task<bool> OpenBehindAsync(StreamHead head, CancellationToken cancellationToken)
    {
        var lookback = (int)Math.Min(_start.Offset, StreamSegments.Lookback);
        _next = _start with { Offset = _start.Offset - lookback };
        await FillAsync(cancellationToken).ConfigureAwait(false);
        if (_filled < lookback)
        {
            return false;
        }

        _taken = _searched = lookback;
        return StreamSegments.EndsWith(_buffer.AsSpan(0, lookback), head, isWhole: lookback == _start.Offset)
            ?? await _segments.FindAsync(head, _start, cancellationToken).ConfigureAwait(false) is not null;
    }

    /// <summary>The next line that was read, without its break; it stays until the next <see cref="FillAsync"/>.</summary>
    internal bool TryTake(out ReadOnlyMemory<byte> line)
    {
        var length = _buffer.AsSpan(_searched, _filled - _searched).IndexOf((byte)'\n');
        if (length < 0)
        {
            line = default;
            _searched = _filled;
            return false;
        }

        line = _buffer.AsMemory(_taken, _searched + length - _taken);
        _taken = _searched += length + 1;
        return true;
    }

    /// <summary>Reads on; what was not taken stays.</summary>
    internal async Task<bool> FillAsync(CancellationToken cancellationToken)
    {
        var read = await _segments.ReadAsync(_next, ChunkLength, cancellationToken).ConfigureAwait(false);
        var bytes = read?.Bytes ?? default;
        var rest = _buffer.AsMemory(_taken, _filled - _taken);
        HasEnded = bytes.Length < ChunkLength || rest.Length > EventLine.MaxLength; // no line of ours is that long
        State = HasEnded ? read?.State : null;
        _next = _next with { Offset = _next.Offset + bytes.Length };
        var buffer = new byte[rest.Length + bytes.Length];
        rest.CopyTo(buffer);
        bytes.CopyTo(buffer.AsMemory(rest.Length));
        (_buffer, _taken, _searched, _filled) = (buffer, 0, rest.Length, buffer.Length);
        return true;
    }
}

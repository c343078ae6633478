using System.Diagnostics.CodeAnalysis;

namespace Vault.Cryptography.Age;

/// <summary>
/// Decodes ASCII armour while it reads, <see href="https://c2sp.org/age#ascii-armor">age, ASCII armor</see>: strict PEM
/// with canonical padded base64 in lines of 64 columns. Only lines of whitespace may stand around it; lines end with LF
/// or CRLF.
/// </summary>
[SuppressMessage("Naming", "CA1710", Justification = "Reader and writer say more than the suffix Stream.")]
public sealed class ArmorReader : ForwardReadStream
{
    private const int Columns = 64;
    private const int MaxLineLength = 1024;

    private readonly byte[] _text = new byte[4096];
    private int _textStart;
    private int _textEnd;
    private bool _sourceEnded;
    private byte[] _decoded = [];
    private int _offset;
    private State _state = State.BeforeBegin;

    /// <summary>Reads armoured text from <paramref name="source"/>.</summary>
    /// <param name="source">The text.</param>
    /// <param name="leaveOpen">Whether disposing leaves <paramref name="source"/> open.</param>
    public ArmorReader(Stream source, bool leaveOpen = false)
        : base(source, leaveOpen)
    {
    }

    private enum State
    {
        BeforeBegin,
        Body,
        ShortLineSeen,
        AfterEnd,
        Finished,
        Failed,
    }

    private static ReadOnlySpan<byte> BeginLine => "-----BEGIN AGE ENCRYPTED FILE-----"u8;

    private static ReadOnlySpan<byte> EndLine => "-----END AGE ENCRYPTED FILE-----"u8;

    /// <inheritdoc/>
    /// <exception cref="AgeException"><see cref="AgeError.Armor"/>.</exception>
    public override int Read(Span<byte> buffer)
    {
        while (!buffer.IsEmpty && NeedsText())
        {
            AcceptText(Source.Read(FreeText().Span));
        }

        return TakeDecoded(buffer);
    }

    /// <inheritdoc/>
    /// <exception cref="AgeException"><see cref="AgeError.Armor"/>.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!buffer.IsEmpty && NeedsText())
        {
            AcceptText(await Source.ReadAsync(FreeText(), cancellationToken).ConfigureAwait(false));
        }

        return TakeDecoded(buffer.Span);
    }

    private protected override void Release()
    {
        // What passes through here is ciphertext.
    }

    // Decodes lines until there are bytes to give out or the text in hand has no whole line left.
    private bool NeedsText()
    {
        RequireOpen();
        while (_offset == _decoded.Length && _state != State.Finished)
        {
            if (_state == State.Failed)
            {
                throw Fail("The armour was refused before.");
            }

            if (!TryTakeLine(out var line))
            {
                return true;
            }

            AcceptLine(line);
        }

        return false;
    }

    private bool TryTakeLine(out ReadOnlySpan<byte> line)
    {
        line = _text.AsSpan(_textStart, _textEnd - _textStart);
        var length = line.IndexOf((byte)'\n');
        if ((length < 0 ? line.Length : length) > MaxLineLength)
        {
            throw Fail("A line of the armour is too long.");
        }

        if (length >= 0)
        {
            _textStart += length + 1;
            line = line[..length];
            line = line.EndsWith("\r"u8) ? line[..^1] : line;
            return true;
        }

        // The last line may lack its end of line; an empty one after the last end of line finishes or fails the text.
        _textStart = _sourceEnded ? _textEnd : _textStart;
        return _sourceEnded;
    }

    private void AcceptLine(ReadOnlySpan<byte> line)
    {
        var isBlank = !line.ContainsAnyExcept(" \t\r"u8);
        var atEnd = _sourceEnded && _textStart == _textEnd;
        _state = _state switch
        {
            State.BeforeBegin when line.SequenceEqual(BeginLine) => State.Body,
            State.BeforeBegin when isBlank && !atEnd => State.BeforeBegin,
            State.Body or State.ShortLineSeen when line.SequenceEqual(EndLine) => State.AfterEnd,
            State.Body => Decode(line) ? State.Body : State.ShortLineSeen,
            State.AfterEnd when isBlank => State.AfterEnd,
            _ => throw Fail("The armour has a line that does not belong, or is cut off."),
        };
        if (_state == State.AfterEnd && _sourceEnded && _textStart == _textEnd)
        {
            _state = State.Finished;
        }
    }

    // Answers whether another full line may follow.
    private bool Decode(ReadOnlySpan<byte> line)
    {
        var bytes = line.Length is > 0 and <= Columns ? RawBase64.DecodePadded(line) : null;
        _decoded = bytes ?? throw Fail("The armour's body is not canonical base64 in lines of 64 columns.");
        _offset = 0;
        return line.Length == Columns && line[^1] != (byte)'=';
    }

    private Memory<byte> FreeText()
    {
        _text.AsSpan(_textStart, _textEnd - _textStart).CopyTo(_text);
        _textEnd -= _textStart;
        _textStart = 0;
        return _text.AsMemory(_textEnd);
    }

    private void AcceptText(int count)
    {
        _textEnd += count;
        _sourceEnded = count == 0;
    }

    private int TakeDecoded(Span<byte> buffer)
    {
        var count = Math.Min(buffer.Length, _decoded.Length - _offset);
        _decoded.AsSpan(_offset, count).CopyTo(buffer);
        _offset += count;
        return count;
    }

    private AgeException Fail(string message)
    {
        _state = State.Failed;
        return new AgeException(AgeError.Armor, message);
    }
}

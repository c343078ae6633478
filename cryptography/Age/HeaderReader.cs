namespace Vault.Cryptography.Age;

/// <summary>Collects a header from a stream in bounded memory and keeps what was read beyond its end.</summary>
internal sealed class HeaderReader
{
    private const int ReadLength = 4096;

    private byte[] _buffer = new byte[ReadLength];
    private int _filled;
    private int _lineStart;
    private int _headerLength;

    private HeaderReader()
    {
    }

    /// <summary>Exactly the header.</summary>
    internal ReadOnlySpan<byte> Header => _buffer.AsSpan(0, _headerLength);

    /// <summary>The first bytes of the payload, fewer than 4,096.</summary>
    internal ReadOnlyMemory<byte> Rest => _buffer.AsMemory(_headerLength, _filled - _headerLength);

    /// <exception cref="AgeException">The stream does not start with an age header.</exception>
    internal static HeaderReader Read(Stream source)
    {
        var reader = new HeaderReader();
        while (!reader.Accept(source.Read(reader.Free().Span)))
        {
        }

        return reader;
    }

    /// <exception cref="AgeException">The stream does not start with an age header.</exception>
    internal static async Task<HeaderReader> ReadAsync(Stream source, CancellationToken cancellationToken)
    {
        var reader = new HeaderReader();
        while (!reader.Accept(await source.ReadAsync(reader.Free(), cancellationToken).ConfigureAwait(false)))
        {
        }

        return reader;
    }

    private Memory<byte> Free()
    {
        if (_buffer.Length - _filled < ReadLength)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        return _buffer.AsMemory(_filled, ReadLength);
    }

    private bool Accept(int count)
    {
        if (count == 0)
        {
            throw new AgeException(AgeError.Header, "The header is cut off.");
        }

        _filled += count;
        return AgeHeader.TryFindEnd(_buffer.AsSpan(0, _filled), ref _lineStart, out _headerLength);
    }
}

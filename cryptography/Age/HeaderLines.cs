namespace Vault.Cryptography.Age;

/// <summary>A cursor over a header's lines; each ends with one LF.</summary>
internal ref struct HeaderLines
{
    private readonly ReadOnlySpan<byte> _header;

    internal HeaderLines(ReadOnlySpan<byte> header) => _header = header;

    /// <summary>Offset of the next unread byte.</summary>
    internal int Position { get; private set; }

    /// <summary>Whether nothing is left.</summary>
    internal readonly bool IsAtEnd => Position == _header.Length;

    /// <summary>The next line without its LF.</summary>
    /// <exception cref="AgeException">No complete line is left.</exception>
    internal ReadOnlySpan<byte> Next()
    {
        var rest = _header[Position..];
        var length = rest.IndexOf((byte)'\n');
        if (length < 0)
        {
            throw new AgeException(AgeError.Header, "The header is cut off.");
        }

        Position += length + 1;
        return rest[..length];
    }
}

using System.Buffers;
using System.Text;

namespace Vault.Cryptography.Age;

/// <summary>
/// One wrapped file key in a header, <see href="https://c2sp.org/age#recipient-stanza">age, recipient stanza</see>.
/// Knows the form and no cryptography: <c>-> type arguments LF</c>, then the body in base64 lines of 64 columns of
/// which the last is shorter.
/// </summary>
internal sealed class AgeStanza
{
    private const int Columns = 64;

    internal AgeStanza(string type, IReadOnlyList<string> arguments, byte[] body)
    {
        Type = type;
        Arguments = arguments;
        Body = body;
    }

    internal static ReadOnlySpan<byte> Mark => "-> "u8;

    /// <summary>The first argument, which names the recipient kind.</summary>
    internal string Type { get; }

    /// <summary>The arguments after the type.</summary>
    internal IReadOnlyList<string> Arguments { get; }

    /// <summary>The decoded body.</summary>
    internal byte[] Body { get; }

    /// <summary>
    /// Reads a stanza whose first line, without its LF, is <paramref name="firstLine"/>; its body lines follow in
    /// <paramref name="lines"/>.
    /// </summary>
    /// <exception cref="AgeException">The stanza is malformed.</exception>
    internal static AgeStanza Parse(ReadOnlySpan<byte> firstLine, ref HeaderLines lines)
    {
        var words = Encoding.Latin1.GetString(firstLine[Mark.Length..]).Split(' ');
        foreach (var word in words)
        {
            if (word.Length == 0 || word.AsSpan().ContainsAnyExceptInRange('!', '~'))
            {
                throw new AgeException(AgeError.Header, "A stanza's argument is empty or not printable.");
            }
        }

        var body = new ArrayBufferWriter<byte>();
        ReadOnlySpan<byte> line;
        do
        {
            line = lines.Next();
            var bytes = line.Length <= Columns ? RawBase64.Decode(line) : null;
            body.Write(bytes ?? throw new AgeException(
                AgeError.Header, "A stanza's body is not canonical base64 in lines of 64 columns."));
        }
        while (line.Length == Columns);

        return new AgeStanza(words[0], words[1..], body.WrittenSpan.ToArray());
    }

    /// <summary>The stanza as header text.</summary>
    internal void WriteTo(IBufferWriter<byte> header)
    {
        header.Write(Mark);
        header.Write(Encoding.ASCII.GetBytes(string.Join(' ', [Type, .. Arguments])));
        header.Write("\n"u8);
        var body = RawBase64.Encode(Body).AsSpan();
        for (; body.Length >= Columns; body = body[Columns..])
        {
            header.Write(body[..Columns]);
            header.Write("\n"u8);
        }

        header.Write(body);
        header.Write("\n"u8);
    }

    /// <summary>
    /// The argument at <paramref name="index"/> as canonical base64 of exactly <paramref name="length"/> bytes.
    /// </summary>
    /// <exception cref="AgeException">It is not.</exception>
    internal byte[] DecodeArgument(int index, int length)
    {
        var bytes = RawBase64.Decode(Encoding.ASCII.GetBytes(Arguments[index]));
        return bytes?.Length == length
            ? bytes
            : throw new AgeException(AgeError.Header, $"An argument of the {Type} stanza is not {length} bytes long.");
    }

    /// <summary>
    /// Checks what every native kind fixes: the number of arguments, and the body's length before anything is
    /// decrypted.
    /// </summary>
    /// <exception cref="AgeException">Either is wrong.</exception>
    internal void RequireShape(int arguments)
    {
        if (Arguments.Count != arguments || Body.Length != FileKeyBox.BodyLength)
        {
            throw new AgeException(
                AgeError.Header, $"The {Type} stanza has a wrong number of arguments or a body of a wrong length.");
        }
    }
}

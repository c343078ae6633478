using System.Buffers;
using System.Buffers.Text;

namespace Vault.Cryptography.Age;

/// <summary>
/// Base64 of RFC 4648 section 4 as age wants it: canonical, unpadded in headers, padded in armour, never with
/// whitespace.
/// </summary>
internal static class RawBase64
{
    private static readonly SearchValues<byte> Alphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"u8);

    /// <summary>Number of unpadded characters for <paramref name="length"/> bytes.</summary>
    internal static int EncodedLength(int length) => checked(((length * 8) + 5) / 6);

    /// <summary>Unpadded text of <paramref name="data"/>.</summary>
    internal static byte[] Encode(ReadOnlySpan<byte> data)
    {
        var text = new byte[Base64.GetMaxEncodedToUtf8Length(data.Length)];
        Base64.EncodeToUtf8(data, text, out _, out _);
        return text[..EncodedLength(data.Length)];
    }

    /// <summary>
    /// Decodes unpadded <paramref name="text"/>, or answers <see langword="null"/> if it is not the one encoding of its
    /// bytes.
    /// </summary>
    internal static byte[]? Decode(ReadOnlySpan<byte> text)
    {
        if (text.Length % 4 == 1 || text.ContainsAnyExcept(Alphabet))
        {
            return null;
        }

        var padded = new byte[(text.Length + 3) / 4 * 4];
        text.CopyTo(padded);
        padded.AsSpan(text.Length).Fill((byte)'=');
        var data = new byte[text.Length * 3 / 4];
        var status = Base64.DecodeFromUtf8(padded, data, out _, out var written);
        if (status != OperationStatus.Done || written != data.Length)
        {
            return null;
        }

        // Leftover bits in the last character must be zero: encoding again gives the same text only then.
        return Encode(data).AsSpan().SequenceEqual(text) ? data : null;
    }

    /// <summary>
    /// Decodes <paramref name="text"/> with the padding it must carry, or answers <see langword="null"/>.
    /// </summary>
    internal static byte[]? DecodePadded(ReadOnlySpan<byte> text)
    {
        if (text.Length % 4 != 0)
        {
            return null;
        }

        var unpadded = text.EndsWith("=="u8) ? text[..^2] : text.EndsWith("="u8) ? text[..^1] : text;
        return Decode(unpadded);
    }
}

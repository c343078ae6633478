using System.Security.Cryptography;
using Vault.Cryptography.Primitives;

namespace Vault.Cryptography.Age;

/// <summary>Keys as bech32 text, for every kind alike.</summary>
internal static class IdentityText
{
    /// <exception cref="CryptographyException">The text is not this kind's.</exception>
    internal static void Decode(Span<byte> key, ReadOnlySpan<char> text, string humanReadablePart)
    {
        if (!Bech32.TryDecode(key, text, humanReadablePart))
        {
            throw new CryptographyException(
                CryptographyError.InvalidEncoding, $"Not a valid {humanReadablePart}1… key of {key.Length} bytes.");
        }
    }

    /// <summary>A secret key's text as ASCII in memory that the caller can zero.</summary>
    internal static SecretBytes Export(ReadOnlySpan<byte> key, string humanReadablePart)
    {
        Span<char> letters = stackalloc char[Bech32.EncodedLength(humanReadablePart.Length, key.Length)];
        try
        {
            Bech32.Encode(letters, humanReadablePart, key);
            var text = new SecretBytes(letters.Length);
            System.Text.Encoding.ASCII.GetBytes(letters, text.Span);
            return text;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(System.Runtime.InteropServices.MemoryMarshal.AsBytes(letters));
        }
    }
}

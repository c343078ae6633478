using System.Runtime.InteropServices;
using System.Security;
using System.Security.Cryptography;
using System.Text;
using Vault.Cryptography.Primitives;

namespace Vault.PowerShell;

/// <summary>Passwords as PowerShell hands them over, and as the client takes them.</summary>
internal static class SecureStrings
{
    // Replacing what is not text would make different passwords the same one.
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The password's UTF-8 bytes; the caller disposes them. No copy in between outlives the call.</summary>
    /// <exception cref="ArgumentException">The password holds half a surrogate pair, which is no text.</exception>
    public static SecretBytes ToSecretBytes(this SecureString password)
    {
        var copy = Marshal.SecureStringToGlobalAllocUnicode(password);
        try
        {
            unsafe
            {
                var text = new ReadOnlySpan<char>((void*)copy, password.Length);
                var secret = new SecretBytes(CountBytes(text));
                Utf8.GetBytes(text, secret.Span);
                return secret;
            }
        }
        finally
        {
            Marshal.ZeroFreeGlobalAllocUnicode(copy);
        }
    }

    /// <summary>A read-only secure string of <paramref name="text"/>, which is zeroed.</summary>
    public static SecureString MoveToSecureString(this char[] text)
    {
        try
        {
            unsafe
            {
                fixed (char* first = text)
                {
                    var secure = new SecureString(first, text.Length);
                    secure.MakeReadOnly();
                    return secure;
                }
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(text.AsSpan()));
        }
    }

    /// <summary>The text as a string that nobody can zero: for a person to see.</summary>
    public static string Reveal(this SecureString text)
    {
        var copy = Marshal.SecureStringToGlobalAllocUnicode(text);
        try
        {
            return Marshal.PtrToStringUni(copy, text.Length);
        }
        finally
        {
            Marshal.ZeroFreeGlobalAllocUnicode(copy);
        }
    }

    private static int CountBytes(ReadOnlySpan<char> text)
    {
        try
        {
            return Utf8.GetByteCount(text);
        }
        catch (EncoderFallbackException)
        {
            // The encoder's own message names the character and its place.
            throw new ArgumentException("The password holds characters that are no text.");
        }
    }
}

using Vault.Cryptography.Primitives;

namespace Vault.Client;

/// <summary>A secret for an authenticator app. Nothing is on before a code made with it comes back.</summary>
public sealed class TotpSetup : IDisposable
{
    private const string Base32Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    private readonly SecretBytes _secret;
    private readonly string _email;

    internal TotpSetup(ReadOnlySpan<byte> secret, string email)
    {
        _secret = new SecretBytes(secret);
        _email = email;
    }

    /// <summary>
    /// The text for the authenticator, as a QR code or typed: <c>otpauth://totp/Vault:{e-mail}?secret={base32}&amp;issuer=Vault</c>.
    /// TOTP's usual parameters (SHA-1, 6 digits, 30 s) are named too. The caller zeroes the characters.
    /// </summary>
    public char[] Reveal()
    {
        var before = $"otpauth://totp/Vault:{Uri.EscapeDataString(_email)}?secret=";
        const string behind = "&issuer=Vault&algorithm=SHA1&digits=6&period=30";
        var length = ((_secret.Length * 8) + 4) / 5;
        var text = new char[before.Length + length + behind.Length];
        before.CopyTo(text);
        Base32(text.AsSpan(before.Length, length), _secret.Span);
        behind.CopyTo(text.AsSpan(before.Length + length));
        return text;
    }

    /// <summary>Zeroes the secret.</summary>
    public void Dispose() => _secret.Dispose();

    // RFC 4648 section 6, without padding.
    private static void Base32(Span<char> text, ReadOnlySpan<byte> bytes)
    {
        var (bits, count, position) = (0, 0, 0);
        foreach (var value in bytes)
        {
            bits = ((bits & 0x1f) << 8) | value;
            for (count += 8; count >= 5;)
            {
                count -= 5;
                text[position++] = Base32Alphabet[(bits >> count) & 0x1f];
            }
        }

        if (count > 0)
        {
            text[position] = Base32Alphabet[(bits << (5 - count)) & 0x1f];
        }
    }
}

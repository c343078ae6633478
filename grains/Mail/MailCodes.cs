using System.Security.Cryptography;
using System.Text;
using Vault.Grains.SignIn;
using Vault.Protocol;

namespace Vault.Grains.Mail;

/// <summary>Codes that travel by mail and are typed by people: <c>K7QM-3XPD-9RTW</c>, 60 random bits.</summary>
/// <remarks>What is stored of one is HMAC-SHA256 under a key that only silos have: stronger, for so short a secret, than any slow hash.</remarks>
internal sealed class MailCodes(SiloKeys keys)
{
    // Crockford's digits: none looks like another. 32 of them, so 5 bits each without bias.
    private const string Digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private const int Groups = 3, GroupLength = 4, Length = Groups * GroupLength;

    /// <summary>A new code, as it is mailed.</summary>
    public static string New()
    {
        var digits = RandomNumberGenerator.GetString(Digits, Length);
        return string.Join('-', digits.Chunk(GroupLength).Select(group => new string(group)));
    }

    /// <summary>What is kept of a code; <paramref name="typed"/> may be in lower case, without dashes, or with O and I for 0 and 1.</summary>
    /// <param name="purpose">What the code is for: one for a reset is none for anything else.</param>
    /// <returns>HMAC-SHA256(code key, purpose ‖ 0x00 ‖ account (16) ‖ code); null where the text can be no code.</returns>
    public byte[]? Hash(string purpose, AccountId account, string typed)
    {
        Span<byte> code = stackalloc byte[Length];
        try
        {
            return TryNormalise(typed, code)
                ? HMACSHA256.HashData(keys.CodeKey, (byte[])[.. Encoding.ASCII.GetBytes(purpose), 0, .. VaultId.ToBytes(account), .. code])
                : null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(code);
        }
    }

    private static bool TryNormalise(string typed, Span<byte> code)
    {
        var length = 0;
        foreach (var character in typed)
        {
            if (character is '-' or ' ' or '\t' or '\u2010' or '\u2011' or '\u2013')
            {
                continue;
            }

            var digit = char.ToUpperInvariant(character) switch { 'O' => '0', 'I' or 'L' => '1', var other => other };
            if (length == Length || !Digits.Contains(digit, StringComparison.Ordinal))
            {
                return false;
            }

            code[length++] = (byte)digit;
        }

        return length == Length;
    }
}

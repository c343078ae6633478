using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Vault.Protocol;

/// <summary>Codes for the day on which the authenticator is lost: 10 letters and digits (50 bits), written <c>xxxxx-xxxxx</c>.</summary>
/// <remarks>Crockford's alphabet: what people read as another character means the same one.</remarks>
public static class BackupCode
{
    /// <summary>How many an account has at first.</summary>
    public const int Count = 10;

    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
    private const int Length = 10, Half = Length / 2;

    /// <summary>A new random code, as it is written.</summary>
    public static string New()
    {
        var code = RandomNumberGenerator.GetString(Alphabet, Length);
        return $"{code[..Half]}-{code[Half..]}";
    }

    /// <summary>Reads what a person typed; case, blanks and dashes do not matter.</summary>
    /// <param name="text">What was typed.</param>
    /// <param name="code">The 10 characters, as both sides compare them.</param>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out string? code)
    {
        code = text is { Length: <= 4 * Length }
            ? string.Concat(text.ToLowerInvariant().Where(c => c is not ('-' or ' ')).Select(Meant))
            : "";
        if (code.Length == Length && code.All(Alphabet.Contains))
        {
            return true;
        }

        code = null;
        return false;
    }

    private static char Meant(char typed) => typed switch
    {
        'o' => '0',
        'i' or 'l' => '1',
        _ => typed,
    };
}

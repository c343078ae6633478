using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Vault.Protocol;

/// <summary>A normalised e-mail address: OPAQUE's credential identifier and what an account is found by.</summary>
/// <remarks>Trimmed, invariant lower case, domain through IDNA. A local part that NFKC would change is refused,
/// so that two addresses which look alike are never one account.</remarks>
public readonly record struct EmailAddress
{
    /// <summary>The longest address that SMTP can carry (RFC 5321 section 4.5.3.1.3), in characters.</summary>
    public const int MaxLength = 254;

    private const int MaxLocalPartLength = 64;

    private static readonly IdnMapping Idna = new() { UseStd3AsciiRules = true };

    private readonly string? _value;

    private EmailAddress(string value) => _value = value;

    /// <summary>The normalised address.</summary>
    public string Value => _value ?? throw new InvalidOperationException("This address was never parsed.");

    /// <summary>Normalises what a person typed; false where it is no address this vault accepts.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out EmailAddress address)
    {
        address = default;
        var trimmed = text?.Trim() ?? "";
        var at = trimmed.LastIndexOf('@');
        if (trimmed.Length > MaxLength || at < 1 || at == trimmed.Length - 1)
        {
            return false;
        }

        if (!TryNormaliseLocalPart(trimmed[..at], out var local) || !TryNormaliseDomain(trimmed[(at + 1)..], out var domain))
        {
            return false;
        }

        address = new EmailAddress($"{local}@{domain}");
        return address.Value.Length <= MaxLength;
    }

    /// <summary>The normalised address.</summary>
    public override string ToString() => _value ?? "";

    private static bool TryNormaliseLocalPart(string text, out string local)
    {
        local = text.ToLowerInvariant();
        var allowed = local.Length <= MaxLocalPartLength
            && !local.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c is '@' or '"' or '<' or '>' or ',' or '\ufffd');
        try
        {
            return allowed && local.IsNormalized(NormalizationForm.FormKC);
        }
        catch (ArgumentException)
        {
            return false; // an unpaired surrogate is no text
        }
    }

    private static bool TryNormaliseDomain(string text, out string domain)
    {
        try
        {
            domain = Idna.GetAscii(text.ToLowerInvariant()).ToLowerInvariant();
            return !domain.EndsWith('.');
        }
        catch (ArgumentException)
        {
            domain = "";
            return false;
        }
    }
}

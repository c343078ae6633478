using Vault.Protocol;

namespace Vault.Grains;

/// <summary>Who may register, and whether an address has to be confirmed first. Section <c>Vault:Registration</c>.</summary>
public sealed class RegistrationOptions
{
    /// <summary>Who may register; an invitation is good whatever this says.</summary>
    public RegistrationMode Mode { get; set; } = RegistrationMode.Open;

    /// <summary>With <see cref="RegistrationMode.Domains"/>: the domains of the addresses that may, with commas between.</summary>
    public string Domains { get; set; } = "";

    /// <summary>Whether an account exists only once a code that was mailed to its address came back.</summary>
    public AddressConfirmation Confirmation { get; set; } = AddressConfirmation.Auto;

    /// <summary>How long a mailed code is good: 1 minute to 7 days; 24 hours.</summary>
    public TimeSpan CodeLifetime { get; set; } = TimeSpan.FromHours(24);

    internal bool IsValid() => CodeLifetime >= TimeSpan.FromMinutes(1) && CodeLifetime <= TimeSpan.FromDays(7)
        && Enum.IsDefined(Mode) && Enum.IsDefined(Confirmation)
        && (Mode == RegistrationMode.Domains) == (Allowed().Count > 0) && Allowed().All(domain => EmailAddress.TryParse($"x@{domain}", out _));

    /// <summary>The domains, normalised as in addresses.</summary>
    internal IReadOnlyList<string> Allowed() =>
        [.. Domains.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(domain => EmailAddress.TryParse($"x@{domain}", out var address) ? address.Value[2..] : domain)];

    internal bool NeedsConfirmation(MailOptions mail) =>
        Confirmation == AddressConfirmation.Required || (Confirmation == AddressConfirmation.Auto && mail.HasHost);
}

/// <summary>Who may register.</summary>
public enum RegistrationMode
{
    /// <summary>Everybody who reaches the server.</summary>
    Open,

    /// <summary>Addresses of the listed domains, and whoever has an invitation.</summary>
    Domains,

    /// <summary>Whoever has an invitation.</summary>
    Invitation,
}

/// <summary>Whether addresses are confirmed.</summary>
public enum AddressConfirmation
{
    /// <summary>Where there is an SMTP host.</summary>
    Auto,

    /// <summary>Always.</summary>
    Required,

    /// <summary>Never: whoever registers an address first has it.</summary>
    Off,
}

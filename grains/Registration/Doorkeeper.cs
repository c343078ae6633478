using Microsoft.Extensions.Options;
using Vault.Grains.SignIn;
using Vault.Protocol;

namespace Vault.Grains.Registration;

/// <summary>Decides who may register, by what is known without looking at accounts: so no answer says whether an address has one.</summary>
internal sealed class Doorkeeper(
    IOptions<RegistrationOptions> options, IOptions<MailOptions> mail, Invitations invitations, AddressBook addresses)
{
    private readonly IReadOnlyList<string> _domains = options.Value.Allowed();

    /// <summary>Whether an account exists only once a mailed code came back.</summary>
    public bool NeedsConfirmation { get; } = options.Value.NeedsConfirmation(mail.Value);

    /// <summary>How long a mailed code is good.</summary>
    public TimeSpan CodeLifetime => options.Value.CodeLifetime;

    /// <summary>Why somebody may not register; null where they may. An invitation is used up where one is needed.</summary>
    public async Task<Problem?> RefuseAsync(EmailAddress address, string? invitation, DateTimeOffset now)
    {
        var mode = options.Value.Mode;
        var domain = address.Value[(address.Value.LastIndexOf('@') + 1)..];
        if (mode == RegistrationMode.Open || (mode == RegistrationMode.Domains && _domains.Contains(domain)))
        {
            return null;
        }

        if (invitation is null)
        {
            return new Problem(ErrorCode.NotPermitted, mode == RegistrationMode.Domains
                ? "This server takes accounts of certain domains only, and of others by invitation."
                : "This server takes new accounts by invitation only.");
        }

        return await invitations.TryUseAsync(invitation, addresses.TagOf(address), now)
            ? null
            : new Problem(ErrorCode.CodeInvalid, "The invitation is none of this server's, has expired, or was used.");
    }
}

using System.Globalization;
using Microsoft.Extensions.Options;
using Vault.Grains.Mail;
using Vault.Grains.Users;
using Vault.Protocol;

namespace Vault.Grains.Registration;

/// <summary>The mail at the end of a registration: a code for a free address, a notice for one that has an account.</summary>
internal sealed class ConfirmationMail(IGrainFactory grains, MailCodes codes, IOptions<MailOptions> options) : IMailComposer
{
    /// <summary>The kind of mail in the outbox.</summary>
    public const string Kind = "confirmation-code";

    /// <summary>What the code is for.</summary>
    public const string Purpose = "confirmation";

    public async Task<ComposedMail?> ComposeAsync(QueuedMail mail)
    {
        if (!VaultId.TryParse<CommandId>(mail.About, out var asked))
        {
            return null;
        }

        var code = MailCodes.New();
        var hash = codes.Hash(Purpose, mail.Account, code)!; // its own codes are well formed
        if (await grains.GetGrain<IUserRegistration>(mail.Account.ToString()).IssueConfirmation(asked, hash) is not { } issued
            || !EmailAddress.TryParse(issued.Email, out var address))
        {
            return null;
        }

        var server = $"{options.Value.PublicAddress ?? "your-server"}#{issued.ServerKey}";
        return issued.ExpiresAt is { } end
            ? new ComposedMail(address, Write(issued.Email, server, code, end), end)
            : new ComposedMail(address, WriteTaken(issued.Email, server));
    }

    private static MailText Write(string email, string server, string code, DateTimeOffset expiresAt)
    {
        var until = expiresAt.UtcDateTime.ToString("HH:mm 'UTC on' d MMMM yyyy", CultureInfo.InvariantCulture);
        return new MailText("Confirm your Vault account",
        [
            MailBlock.Paragraph($"Somebody, hopefully you, registered a Vault account for {email}. The code that makes it yours is:"),
            MailBlock.Code(code),
            MailBlock.Paragraph($"It is good until {until}. In PowerShell:"),
            MailBlock.Command($"Confirm-VaultAccount -Server '{server}' -Email '{email}' -Code {code}"),
            MailBlock.Paragraph(
                "If several such mails came, take the code of the registration that you made: the account gets the password that was "
                + "chosen with it. If you did not register, do nothing: without the code there is no account."),
        ]);
    }

    private static MailText WriteTaken(string email, string server) => new("You have a Vault account already",
    [
        MailBlock.Paragraph($"Somebody, hopefully you, tried to register a Vault account for {email}. There is one already; nothing has changed."),
        MailBlock.Paragraph("To sign in:"),
        MailBlock.Command($"Connect-Vault -Server '{server}' -Email '{email}'"),
        MailBlock.Paragraph("If you have forgotten the password:"),
        MailBlock.Command($"Request-VaultRecovery -Server '{server}' -Email '{email}'"),
    ]);
}

using System.Globalization;
using Vault.Grains.Mail;
using Vault.Protocol;

namespace Vault.Grains.Users;

/// <summary>Tells somebody that the account is closed: the last thing that its address is used for.</summary>
internal sealed class ClosedMail(IGrainFactory grains) : IMailComposer
{
    /// <summary>The kind of mail in the outbox.</summary>
    public const string Kind = "closed-notice";

    public async Task<ComposedMail?> ComposeAsync(QueuedMail mail) =>
        EmailAddress.TryParse(await grains.GetGrain<IUserClosing>(mail.Account.ToString()).GetClosedAddress(), out var address)
            ? new ComposedMail(address, Write(address, mail.QueuedAt))
            : null;

    private static MailText Write(EmailAddress address, DateTimeOffset at)
    {
        var time = at.UtcDateTime.ToString("d MMMM yyyy, HH:mm 'UTC'", CultureInfo.InvariantCulture);
        return new MailText("Your Vault account was closed",
        [
            MailBlock.Paragraph(
                $"The Vault account {address.Value} was closed on {time}, with its password. Its files, the shares that it gave and had, its keys "
                + "and everything else that was stored of it are being deleted, and nobody can bring them back."),
            MailBlock.Paragraph(
                "If that was you, there is nothing to do; this is the last mail. If not, somebody knew your password: use it nowhere any more, "
                + "and tell the operator of your server. The address can be registered again; that is a new account without anything in it."),
        ]);
    }
}

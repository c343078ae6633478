using MimeKit;

namespace Vault.Grains.Mail;

/// <summary>Hands mail to whoever carries it on.</summary>
internal interface IMailTransport
{
    /// <summary>Hands one mail over; when it returns, the mail is somebody else's to deliver.</summary>
    /// <exception cref="MailException">It was not handed over, as far as is known; trying again may help.</exception>
    Task SendAsync(MimeMessage message, CancellationToken cancellationToken);
}

using System.Net;
using System.Text;
using MimeKit;

namespace Vault.Grains.Mail;

/// <summary>Makes the message: plain text first, HTML beside it for those who like it, nothing fetched from anywhere.</summary>
internal static class MailRenderer
{
    private const string Body = "font-family:sans-serif;font-size:15px;line-height:1.4;color:#1a1a1a";
    private const string Code = "font-family:monospace;font-size:24px;letter-spacing:2px;margin:16px 0";
    private const string Command = "font-family:monospace;font-size:13px;white-space:pre-wrap;background:#f2f2f2;padding:8px";

    /// <summary>The message for one mail. Its Message-ID comes from the mail's id, so a mail sent twice is known as one.</summary>
    internal static MimeMessage Render(MailId id, ComposedMail mail, MailboxAddress sender, DateTimeOffset date)
    {
        var message = new MimeMessage
        {
            Subject = mail.Text.Subject,
            Date = date,
            MessageId = $"{id}@{sender.Domain}",
            Body = new MultipartAlternative(
                new TextPart("plain") { Text = Plain(mail.Text) },
                new TextPart("html") { Text = Html(mail.Text) }),
        };
        message.From.Add(sender);
        message.To.Add(new MailboxAddress("", mail.To.Value));
        message.Headers.Add("Auto-Submitted", "auto-generated"); // RFC 3834: no vacation notices, please
        return message;
    }

    private static string Plain(MailText text)
    {
        var plain = new StringBuilder();
        foreach (var block in text.Blocks)
        {
            plain.Append(block.Kind == MailBlockKind.Paragraph ? "" : "    ").Append(block.Text).Append("\r\n\r\n");
        }

        return plain.ToString();
    }

    private static string Html(MailText text)
    {
        var html = new StringBuilder();
        html.Append("<!doctype html><html><head><meta charset=\"utf-8\"><title>").Append(Escape(text.Subject))
            .Append($"</title></head><body style=\"{Body}\">\r\n");
        foreach (var block in text.Blocks)
        {
            var (tag, style) = block.Kind switch
            {
                MailBlockKind.Code => ("p", $" style=\"{Code}\""),
                MailBlockKind.Command => ("pre", $" style=\"{Command}\""),
                _ => ("p", ""),
            };
            html.Append('<').Append(tag).Append(style).Append('>').Append(Escape(block.Text)).Append("</").Append(tag).Append(">\r\n");
        }

        return html.Append("</body></html>\r\n").ToString();
    }

    private static string Escape(string text) => WebUtility.HtmlEncode(text);
}

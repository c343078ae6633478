namespace Vault.Grains.Mail;

/// <summary>What a mail says. Rendered as plain text and as HTML alike; there is nowhere to put a link or a picture.</summary>
/// <param name="Blocks">In order; see <see cref="MailBlock"/>.</param>
internal sealed record MailText(string Subject, IReadOnlyList<MailBlock> Blocks);

/// <summary>A part of a mail.</summary>
/// <param name="Kind">How it looks.</param>
/// <param name="Text">Plain text of one line; everything that HTML would read is escaped.</param>
internal sealed record MailBlock(MailBlockKind Kind, string Text)
{
    /// <summary>Words.</summary>
    public static MailBlock Paragraph(string text) => new(MailBlockKind.Paragraph, text);

    /// <summary>Something to read off and type, shown large.</summary>
    public static MailBlock Code(string text) => new(MailBlockKind.Code, text);

    /// <summary>A line for a terminal.</summary>
    public static MailBlock Command(string text) => new(MailBlockKind.Command, text);
}

/// <summary>How a block looks.</summary>
internal enum MailBlockKind
{
    Paragraph,
    Code,
    Command,
}

using Vault.Protocol;

namespace Vault.Grains.Mail;

/// <summary>Writes the mails of one kind, at the moment when they are about to leave.</summary>
/// <remarks>
/// <para>To mail something to an account: write a composer, register it with
/// <c>services.AddMail&lt;MyComposer&gt;(MyComposer.Kind)</c>, and call <see cref="Outbox.PrepareAsync"/> before the event that the
/// mail tells of and <see cref="Outbox.Send"/> after it. A crash in between leaves an entry in the outbox, for which the composer is
/// asked once more: it answers null if the event never came to be.</para>
/// <para>A composer that mails a code makes it here with <see cref="MailCodes.New"/>, hands its hash (<see cref="MailCodes.Hash"/>) to
/// the grain that will check it, and puts the code into the text. The text is kept in memory for the next attempts, and made anew,
/// with another code, after a restart or when <see cref="ComposedMail.FreshUntil"/> has passed: so no code is ever stored. Never
/// return a code from a grain's method: a gateway can call those.</para>
/// </remarks>
internal interface IMailComposer
{
    /// <summary>The mail, or null where it is not wanted (any more).</summary>
    Task<ComposedMail?> ComposeAsync(QueuedMail mail);
}

/// <summary>A mail that is ready to leave.</summary>
/// <param name="FreshUntil">When it has to be written anew if it has not left by then; null for never.</param>
internal sealed record ComposedMail(EmailAddress To, MailText Text, DateTimeOffset? FreshUntil = null);

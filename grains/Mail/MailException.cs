namespace Vault.Grains.Mail;

/// <summary>A mail could not be handed over. The message is for the operator's log: it names no recipient.</summary>
internal sealed class MailException(string message, Exception? innerException = null) : Exception(message, innerException);

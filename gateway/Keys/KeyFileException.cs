namespace Vault.Gateway.Keys;

/// <summary>A key file cannot be used; the message names it and says what to do, and holds no secret.</summary>
public sealed class KeyFileException(string message, Exception? innerException = null) : Exception(message, innerException);

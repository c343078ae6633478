namespace Vault.Cryptography;

/// <summary>Why a cryptographic operation ended without a result.</summary>
public enum CryptographyError
{
    /// <summary>The native library is missing or would not start.</summary>
    Unavailable,

    /// <summary>A key, point, scalar or message has an encoding that its specification refuses.</summary>
    InvalidEncoding,

    /// <summary>An authentication tag, MAC or signature does not verify, or a key is not the right one.</summary>
    NotAuthentic,

    /// <summary>A message came in an order, or after a state, that the protocol does not allow.</summary>
    ProtocolOrder,

    /// <summary>A parameter is outside the range this project accepts.</summary>
    OutOfRange,
}

/// <summary>The one exception of this assembly; <see cref="Reason"/> says what happened, the message never holds a secret.</summary>
public class CryptographyException : Exception
{
    public CryptographyException(CryptographyError reason, string message, Exception? innerException = null)
        : base(message, innerException) => Reason = reason;

    /// <summary>What went wrong, for code; the message is for people.</summary>
    public CryptographyError Reason { get; }
}

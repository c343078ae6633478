namespace Vault.Cryptography.Age;

/// <summary>Which part of an age file was refused; finer than <see cref="CryptographyException.Reason"/>.</summary>
public enum AgeError
{
    /// <summary>
    /// The ASCII armour is not the strict PEM that the specification asks for
    /// (<see cref="CryptographyError.InvalidEncoding"/>).
    /// </summary>
    Armor,

    /// <summary>
    /// The header, or a stanza addressed to the identity, is malformed or cut off
    /// (<see cref="CryptographyError.InvalidEncoding"/>).
    /// </summary>
    Header,

    /// <summary>
    /// The scrypt work factor is above the identity's ceiling; nothing was computed
    /// (<see cref="CryptographyError.OutOfRange"/>).
    /// </summary>
    WorkFactor,

    /// <summary>
    /// No identity opens a stanza: another recipient's file, or a wrong passphrase
    /// (<see cref="CryptographyError.NotAuthentic"/>).
    /// </summary>
    NoMatch,

    /// <summary>
    /// An identity opened a stanza, yet the header's MAC is wrong (<see cref="CryptographyError.NotAuthentic"/>).
    /// </summary>
    HeaderMac,

    /// <summary>
    /// The payload is changed, cut off, or followed by other bytes (<see cref="CryptographyError.NotAuthentic"/>).
    /// </summary>
    Payload,
}

/// <summary>An age file, header or payload that was refused; <see cref="Error"/> says which part.</summary>
public sealed class AgeException : CryptographyException
{
    internal AgeException(AgeError error, string message, Exception? innerException = null)
        : base(ReasonOf(error), message, innerException) => Error = error;

    /// <summary>Which part was refused.</summary>
    public AgeError Error { get; }

    private static CryptographyError ReasonOf(AgeError error) => error switch
    {
        AgeError.Armor or AgeError.Header => CryptographyError.InvalidEncoding,
        AgeError.WorkFactor => CryptographyError.OutOfRange,
        AgeError.NoMatch or AgeError.HeaderMac or AgeError.Payload => CryptographyError.NotAuthentic,
        _ => throw new ArgumentOutOfRangeException(nameof(error)),
    };
}

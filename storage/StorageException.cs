namespace Vault.Storage;

/// <summary>Why storage did not do what was asked.</summary>
public enum StorageError
{
    /// <summary>
    /// The disk is full, an I/O operation failed, or the service cannot be reached. Whether a write took place may be
    /// unknown: read again before deciding anything.
    /// </summary>
    Unavailable,

    /// <summary>
    /// Stored bytes do not verify. Nothing was changed; the message says where and what a person can do.
    /// </summary>
    Damaged,

    /// <summary>
    /// The caller's knowledge is out of date, or the name is taken by other content. Nothing was written.
    /// </summary>
    Conflict,

    /// <summary>Another process holds the data folder.</summary>
    InUse,

    /// <summary>The bytes of a part are not those that its hash and length announce. The part is not staged.</summary>
    PartMismatch,

    /// <summary>A commit lists parts that are not staged; the message names their indexes.</summary>
    PartMissing,

    /// <summary>A range reaches outside its blob.</summary>
    InvalidRange,

    /// <summary>A blob is longer than the caller wants to read, or an event longer than a line may be.</summary>
    TooLarge,
}

/// <summary>
/// The one exception of this assembly for what storage cannot do; <see cref="Reason"/> is for code, the message for
/// people. It names streams, blobs and folders, never their contents. Wrong arguments are
/// <see cref="ArgumentException"/>s.
/// </summary>
public class StorageException : Exception
{
    public StorageException(StorageError reason, string message, Exception? innerException = null)
        : base(message, innerException) => Reason = reason;

    /// <summary>What went wrong.</summary>
    public StorageError Reason { get; }
}

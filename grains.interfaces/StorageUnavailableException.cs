namespace Vault.Grains.Interfaces;

/// <summary>Why storage could not answer.</summary>
public enum StorageFailure
{
    /// <summary>The store did not answer in time, or the outcome of a write is unknown. Trying again may help.</summary>
    Unavailable,

    /// <summary>Stored bytes do not verify. The silo has logged where; a person has to look.</summary>
    Damaged,
}

/// <summary>
/// A grain could not read or write its storage: <see cref="ErrorCode.StorageUnavailable"/> for the client, whatever the
/// reason. Whether the command took effect is unknown; every command may be sent again.
/// </summary>
[GenerateSerializer]
public sealed class StorageUnavailableException : Exception
{
    public StorageUnavailableException(StorageFailure reason, string message)
        : base(message) => Reason = reason;

    /// <summary>What went wrong, as far as a caller may know.</summary>
    [Id(0)]
    public StorageFailure Reason { get; }
}

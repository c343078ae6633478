namespace Vault.Client;

/// <summary>Everything that can go wrong, as the server says it or as this client finds it. Text form: snake case.</summary>
public enum VaultErrorCode
{
    InvalidRequest,
    NotAuthenticated,
    LoginFailed,
    NotFound,
    NotPermitted,
    Conflict,
    TooManyRequests,
    QuotaExceeded,
    CodeInvalid,
    CodeRequired,
    StorageUnavailable,
    ServerBusy,
    VersionUnsupported,

    /// <summary>The server's key is not known yet; <see cref="VaultException.ServerKey"/> has it.</summary>
    ServerUnknown,

    /// <summary>The server proved another key than the one pinned or remembered.</summary>
    ServerKeyChanged,

    /// <summary>No connection to the server, or it broke and could not be made again.</summary>
    ServerUnreachable,

    /// <summary>The file's password is wrong or missing.</summary>
    WrongFilePassword,

    /// <summary>Something does not verify: it was damaged or forged. Nothing of it was used.</summary>
    IntegrityFailed,

    /// <summary>A person's keys are not the ones remembered, and the old ones did not sign the new.</summary>
    ContactChanged,

    /// <summary>A person's fingerprint is not the one given, or was never confirmed though that was asked for.</summary>
    ContactNotVerified,

    /// <summary>A share was made for keys that this account no longer has: its owner must grant again.</summary>
    ShareOutdated,

    /// <summary>The source file changed while it was being sent.</summary>
    SourceChanged,

    /// <summary>There is a file at the target already.</summary>
    TargetExists,

    /// <summary>The disk is full.</summary>
    DiskFull,
}

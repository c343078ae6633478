using Vault.Client;

namespace Vault.PowerShell;

/// <summary>What a person can do about each error, where the error itself says nothing better.</summary>
internal static class ErrorAdvice
{
    /// <summary>The advice for a code; never empty.</summary>
    public static string For(VaultErrorCode code) => code switch
    {
        VaultErrorCode.InvalidRequest => "Correct the value that the message names; Get-Help of the cmdlet says what it takes.",
        VaultErrorCode.NotAuthenticated => "Sign in with Connect-Vault.",
        VaultErrorCode.LoginFailed => "Check the e-mail and the password.",
        VaultErrorCode.NotFound => "List what there is with Get-VaultFile.",
        VaultErrorCode.NotPermitted => "An access key may do less than its account: sign in with the password. Otherwise ask the owner, or the server's operator.",
        VaultErrorCode.Conflict => "Look at what is there now: what the message names is in the way.",
        VaultErrorCode.TooManyRequests => "Wait as long as it says, then try again.",
        VaultErrorCode.QuotaExceeded => "Remove files you no longer need, or ask the operator for more room.",
        VaultErrorCode.CodeInvalid => "Use the newest code that was not used yet, or ask for another one.",
        VaultErrorCode.CodeRequired => "Pass the code of your authenticator, or a backup code, in -OneTimeCode.",
        VaultErrorCode.StorageUnavailable or VaultErrorCode.ServerBusy => "Try again in a moment.",
        VaultErrorCode.VersionUnsupported => "Update this module or the server.",
        VaultErrorCode.ServerUnknown => "Compare the key with the one that the server printed, then pass it with -AcceptServerKey.",
        VaultErrorCode.ServerKeyChanged => "Do not go on. Ask the server's operator whether its key was changed.",
        VaultErrorCode.ServerUnreachable => "Check the address and that the server runs, then try again.",
        VaultErrorCode.WrongFilePassword => "Pass the password that the file was sent with in -Password.",
        VaultErrorCode.IntegrityFailed => "Nothing of it was used. If it happens again, tell the server's operator.",
        VaultErrorCode.ContactChanged => "Compare fingerprints with the person by another way, then run Confirm-VaultContact.",
        VaultErrorCode.ContactNotVerified => "Compare fingerprints with the person by another way, then run Confirm-VaultContact.",
        VaultErrorCode.ShareOutdated => "Ask the owner to grant the file again.",
        VaultErrorCode.KeysLost => "Bring the old keys back with Restore-VaultKeyRing, or ask the owner to grant the file again.",
        VaultErrorCode.WrongRecoveryKey => "Find the newest recovery key of this account.",
        VaultErrorCode.ConfirmationNeeded => "Pass -RecoveryKey to lose nothing, or -Force to go on without it.",
        VaultErrorCode.SourceChanged => "Send the file again when nothing writes to it.",
        VaultErrorCode.TargetExists => "Pass -Force to replace the file, or choose another -Destination.",
        VaultErrorCode.DiskFull => "Make room on the disk, or choose another -Destination.",
        _ => "See about_Vault_Scripting for the codes.",
    };

    /// <summary>The advice for what this machine refuses; never empty.</summary>
    /// <param name="id">As <see cref="VaultErrors"/> names it.</param>
    public static string For(string id) => id switch
    {
        "path_not_found" => "Check the spelling of the path and the current folder.",
        "path_too_long" => "Fetch it by itself, with a shorter file name as -Destination.",
        "access_denied" => "Check who may read or write there.",
        "io_error" => "Check that the disk can be read and written and that no other program holds the file.",
        _ => "Correct the value; Get-Help of the cmdlet says what it takes.",
    };
}

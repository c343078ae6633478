using System.Management.Automation;
using System.Security;
using System.Text.Json;
using Vault.Client;

namespace Vault.PowerShell;

/// <summary>How errors look in PowerShell: <c>FullyQualifiedErrorId</c> starts with the code of the contract.</summary>
/// <remarks>For instance <c>login_failed,Vault.PowerShell.Commands.ConnectVaultCommand</c>. What this machine refuses
/// has
/// codes in the same style: <c>path_not_found</c>, <c>path_too_long</c>, <c>access_denied</c>, <c>io_error</c>,
/// <c>invalid_argument</c>.</remarks>
internal static class VaultErrors
{
    /// <summary>Whether <paramref name="error"/> is about the work and not about a fault in this module.</summary>
    public static bool IsExpected(Exception error) => error is
        VaultException or SessionStateException or WildcardPatternException or IOException or UnauthorizedAccessException or SecurityException
        or ArgumentException;

    /// <summary>Whether no further item can succeed after <paramref name="error"/>.</summary>
    public static bool EndsEverything(Exception error) => error is VaultException
    {
        Code: VaultErrorCode.NotAuthenticated or VaultErrorCode.ServerUnreachable or VaultErrorCode.ServerUnknown
            or VaultErrorCode.ServerKeyChanged or VaultErrorCode.VersionUnsupported or VaultErrorCode.StorageUnavailable
            or VaultErrorCode.ServerBusy or VaultErrorCode.TooManyRequests,
    };

    /// <summary>The record for <paramref name="error"/>.</summary>
    /// <param name="target">What it happened to; null for the session itself.</param>
    /// <param name="onDisk">What a disk that fails is a failure of.</param>
    public static ErrorRecord Record(Exception error, object? target, ErrorCategory onDisk = ErrorCategory.ReadError)
    {
        if (error is not VaultException vault)
        {
            return new ErrorRecord(error, IdOf(error), CategoryOf(error, onDisk), target)
            {
                ErrorDetails = new ErrorDetails(error.Message) { RecommendedAction = ErrorAdvice.For(IdOf(error)) },
            };
        }

        return new ErrorRecord(error, IdOf(vault.Code), CategoryOf(vault.Code), target)
        {
            ErrorDetails = new ErrorDetails(error.Message) { RecommendedAction = vault.Advice ?? ErrorAdvice.For(vault.Code) },
        };
    }

    /// <summary>A record for what the module itself refuses.</summary>
    /// <param name="id">A code in the style of the contract's.</param>
    /// <param name="message">What is wrong.</param>
    /// <param name="advice">What to do about it.</param>
    public static ErrorRecord Record(string id, string message, string advice, ErrorCategory category, object? target) =>
        new(new InvalidOperationException(message), id, category, target)
        {
            ErrorDetails = new ErrorDetails(message) { RecommendedAction = advice },
        };

    /// <summary>The code as the contract writes it (<c>login_failed</c>).</summary>
    public static string IdOf(VaultErrorCode code) => JsonNamingPolicy.SnakeCaseLower.ConvertName(code.ToString());

    /// <summary>The engine's category for a code.</summary>
    public static ErrorCategory CategoryOf(VaultErrorCode code) => code switch
    {
        VaultErrorCode.InvalidRequest => ErrorCategory.InvalidArgument,
        VaultErrorCode.NotAuthenticated or VaultErrorCode.LoginFailed => ErrorCategory.AuthenticationError,
        VaultErrorCode.CodeInvalid or VaultErrorCode.CodeRequired or VaultErrorCode.WrongFilePassword or VaultErrorCode.WrongRecoveryKey => ErrorCategory.AuthenticationError,
        VaultErrorCode.NotFound => ErrorCategory.ObjectNotFound,
        VaultErrorCode.NotPermitted => ErrorCategory.PermissionDenied,
        VaultErrorCode.Conflict or VaultErrorCode.TargetExists => ErrorCategory.ResourceExists,
        VaultErrorCode.TooManyRequests => ErrorCategory.LimitsExceeded,
        VaultErrorCode.QuotaExceeded => ErrorCategory.QuotaExceeded,
        VaultErrorCode.StorageUnavailable => ErrorCategory.ResourceUnavailable,
        VaultErrorCode.ServerBusy => ErrorCategory.ResourceBusy,
        VaultErrorCode.ServerUnreachable => ErrorCategory.ConnectionError,
        VaultErrorCode.ServerUnknown or VaultErrorCode.ServerKeyChanged => ErrorCategory.SecurityError,
        VaultErrorCode.ContactChanged or VaultErrorCode.ContactNotVerified => ErrorCategory.SecurityError,
        VaultErrorCode.IntegrityFailed or VaultErrorCode.SourceChanged or VaultErrorCode.ShareOutdated or VaultErrorCode.KeysLost => ErrorCategory.InvalidData,
        VaultErrorCode.ConfirmationNeeded => ErrorCategory.InvalidOperation,
        VaultErrorCode.DiskFull => ErrorCategory.WriteError,
        VaultErrorCode.VersionUnsupported => ErrorCategory.InvalidOperation,
        _ => ErrorCategory.NotSpecified,
    };

    private static string IdOf(Exception error) => error switch
    {
        SessionStateException or FileNotFoundException or DirectoryNotFoundException => "path_not_found",
        UnauthorizedAccessException or SecurityException => "access_denied",
        PathTooLongException => "path_too_long",
        IOException => "io_error",
        _ => "invalid_argument",
    };

    private static ErrorCategory CategoryOf(Exception error, ErrorCategory onDisk) => error switch
    {
        SessionStateException or FileNotFoundException or DirectoryNotFoundException => ErrorCategory.ObjectNotFound,
        UnauthorizedAccessException or SecurityException => ErrorCategory.PermissionDenied,
        PathTooLongException => ErrorCategory.InvalidArgument,
        IOException => onDisk,
        _ => ErrorCategory.InvalidArgument,
    };
}

using Vault.Protocol;

namespace Vault.Client;

/// <summary>The client's one exception for what a person can understand and mend.</summary>
public sealed class VaultException : Exception
{
    public VaultException(VaultErrorCode code, string message, string? advice = null, Exception? innerException = null)
        : base(message, innerException)
    {
        Code = code;
        Advice = advice;
    }

    /// <summary>What happened, for code.</summary>
    public VaultErrorCode Code { get; }

    /// <summary>What to do about it, where there is something.</summary>
    public string? Advice { get; }

    /// <summary>How long to wait before trying again, in seconds.</summary>
    public int? RetryAfterSeconds { get; init; }

    /// <summary>Whether it has nothing to do with what was asked, and is over one day: a transfer then goes on where it broke off.</summary>
    internal bool IsTemporary => Code is VaultErrorCode.ServerUnreachable or VaultErrorCode.ServerBusy or VaultErrorCode.NotAuthenticated
        || this is { Code: VaultErrorCode.StorageUnavailable, RetryAfterSeconds: not null }; // without a time what is stored is damaged

    /// <summary>With <see cref="VaultErrorCode.ServerUnknown"/> and <see cref="VaultErrorCode.ServerKeyChanged"/>: the key the server proved.</summary>
    public ServerKey? ServerKey { get; init; }

    /// <summary>With <see cref="VaultErrorCode.Conflict"/> on a send: what to sign instead.</summary>
    internal SendTarget? Target { get; init; }

    /// <summary>With <see cref="VaultErrorCode.Conflict"/> on grants: what is in their way.</summary>
    internal ShareConflict? Shares { get; init; }

    /// <summary>Whether an attempt at the same request came before whose answer was lost.</summary>
    internal bool FollowsLostAnswer { get; set; }

    /// <summary>Whether what was asked for may be done all the same; otherwise the server has refused it.</summary>
    internal bool MayBeDone => FollowsLostAnswer || Code is VaultErrorCode.ServerUnreachable or VaultErrorCode.ServerBusy
        or VaultErrorCode.StorageUnavailable or VaultErrorCode.IntegrityFailed or VaultErrorCode.VersionUnsupported;

    internal static VaultException From(Problem problem) =>
        new(Enum.Parse<VaultErrorCode>(problem.Code.ToString()), ServerText.Printable(problem.Detail), AdviceFor(problem.Code))
        {
            RetryAfterSeconds = problem.RetryAfterSeconds,
            Target = problem.Target,
            Shares = problem.Shares,
        };

    /// <summary>What went wrong behind a point of no return; a cancellation stays one.</summary>
    internal static Exception After(Exception cause, string state, string advice) => cause is VaultException error
        ? new VaultException(error.Code, $"{state} {error.Message}", advice, error) { RetryAfterSeconds = error.RetryAfterSeconds }
        : cause;

    internal static VaultException Lost(string file, Exception? cause = null) => new(
        VaultErrorCode.KeysLost, $"'{file}' is sealed to keys that a reset without the recovery key put aside.",
        "If you find the recovery key of then, Restore-VaultKeyRing brings them back.", cause);

    internal static VaultException Forged(string what) => new(
        VaultErrorCode.IntegrityFailed, what,
        "Nothing of it was used. If it happens again, the server's storage is damaged or the server lies: tell its operator.");

    /// <summary>A file that one session listed is asked for in another account's, or the server says so.</summary>
    internal static VaultException OfAnotherAccount() => new(
        VaultErrorCode.IntegrityFailed, "The server answered as if the file were another account's.",
        "If another session listed it, pass that one with -Session. If not, the server's storage is damaged or the server lies: tell its operator.");

    private static string? AdviceFor(ErrorCode code) => code switch
    {
        ErrorCode.NotAuthenticated => "Sign in with Connect-Vault.",
        ErrorCode.CodeRequired => "Give the code of your authenticator, or a backup code, with -OneTimeCode.",
        ErrorCode.LoginFailed => "Check the e-mail and the password.",
        ErrorCode.NotFound => "List your files with Get-VaultFile.",
        ErrorCode.QuotaExceeded => "Remove files you no longer need, or ask the operator for more room.",
        ErrorCode.TooManyRequests => "Wait as long as it says, then try again.",
        ErrorCode.StorageUnavailable or ErrorCode.ServerBusy => "Try again in a moment.",
        ErrorCode.VersionUnsupported => "Update this module or the server.",
        _ => null,
    };
}

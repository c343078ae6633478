using Vault.Protocol;

namespace Vault.Client;

/// <summary>The client's one exception for what a person can understand and mend.</summary>
public sealed class VaultException : Exception
{
    private const int MaxDetailLength = 1_000;

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

    /// <summary>With <see cref="VaultErrorCode.ServerUnknown"/> and <see cref="VaultErrorCode.ServerKeyChanged"/>: the key the server proved.</summary>
    public ServerKey? ServerKey { get; init; }

    /// <summary>With <see cref="VaultErrorCode.Conflict"/> on a send: what to sign instead.</summary>
    internal SendTarget? Target { get; init; }

    /// <summary>With <see cref="VaultErrorCode.Conflict"/> on grants: what is in their way.</summary>
    internal ShareConflict? Shares { get; init; }

    internal static VaultException From(Problem problem) =>
        new(Enum.Parse<VaultErrorCode>(problem.Code.ToString()), Printable(problem.Detail), AdviceFor(problem.Code))
        {
            RetryAfterSeconds = problem.RetryAfterSeconds,
            Target = problem.Target,
            Shares = problem.Shares,
        };

    internal static VaultException Forged(string what) => new(
        VaultErrorCode.IntegrityFailed, what,
        "Nothing of it was used. If it happens again, the server's storage is damaged or the server lies: tell its operator.");

    // A server's words are shown on a terminal: no control characters, which could rewrite it, and no flood.
    private static string Printable(string detail)
    {
        var shown = detail.Length > MaxDetailLength ? detail[..MaxDetailLength] + "…" : detail;
        return string.Concat(shown.Select(c => char.IsControl(c) ? ' ' : c));
    }

    private static string? AdviceFor(ErrorCode code) => code switch
    {
        ErrorCode.NotAuthenticated => "Sign in with Connect-Vault.",
        ErrorCode.CodeRequired => "Give the code of your authenticator, or a backup code, with -OneTimeCode.",
        ErrorCode.CodeInvalid => "Wait for the next code, or use one that was not used yet.",
        ErrorCode.LoginFailed => "Check the e-mail and the password.",
        ErrorCode.NotFound => "List your files with Get-VaultFile.",
        ErrorCode.QuotaExceeded => "Remove files you no longer need, or ask the operator for more room.",
        ErrorCode.TooManyRequests => "Wait as long as it says, then try again.",
        ErrorCode.StorageUnavailable or ErrorCode.ServerBusy => "Try again in a moment.",
        ErrorCode.VersionUnsupported => "Update this module or the server.",
        _ => null,
    };
}

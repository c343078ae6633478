namespace Vault.Protocol;

/// <summary>Why a request was refused: the body of every error answer, RFC 9457 with a <c>code</c>.</summary>
/// <param name="Code">For programs; part of the contract.</param>
/// <param name="Detail">For people: what was wrong and what to do. Holds no secret and no personal data.</param>
/// <param name="RetryAfterSeconds">How long to wait before the same request can succeed, where waiting helps.</param>
/// <param name="Target">With <see cref="ErrorCode.Conflict"/> on a send: where the file stands now.</param>
/// <param name="Shares">With <see cref="ErrorCode.Conflict"/> on grants: what is in their way.</param>
public sealed record Problem(
    ErrorCode Code, string Detail, int? RetryAfterSeconds = null, SendTarget? Target = null,
    ShareConflict? Shares = null)
{
    /// <summary>The media type of an error answer.</summary>
    public const string MediaType = "application/problem+json";

    /// <summary>The HTTP status that goes with <see cref="Code"/>.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public int Status => Code switch
    {
        ErrorCode.InvalidRequest or ErrorCode.CodeInvalid => 400,
        ErrorCode.NotAuthenticated or ErrorCode.LoginFailed or ErrorCode.CodeRequired => 401,
        ErrorCode.NotPermitted => 403,
        ErrorCode.NotFound => 404,
        ErrorCode.Conflict => 409,
        ErrorCode.QuotaExceeded => 413,
        ErrorCode.TooManyRequests => 429,
        ErrorCode.VersionUnsupported => 505,
        ErrorCode.StorageUnavailable or ErrorCode.ServerBusy => 503,
        _ => 500,
    };
}

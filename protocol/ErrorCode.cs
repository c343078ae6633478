using System.Text.Json;
using System.Text.Json.Serialization;

namespace Vault.Protocol;

/// <summary>The error codes of the contract; the wire form is snake case (<c>too_many_requests</c>).</summary>
[JsonConverter(typeof(ErrorCodeJsonConverter))]
public enum ErrorCode
{
    /// <summary>The request does not have the form that this operation needs.</summary>
    InvalidRequest,

    /// <summary>The channel's key belongs to no running session.</summary>
    NotAuthenticated,

    /// <summary>The e-mail or the password is wrong; which of the two is never said.</summary>
    LoginFailed,

    /// <summary>There is no such thing, or it is not the caller's: the two answers are the same.</summary>
    NotFound,

    /// <summary>The caller may see the thing but may not do this to it.</summary>
    NotPermitted,

    /// <summary>Somebody else changed it first.</summary>
    Conflict,

    /// <summary>A limit on attempts is reached; the answer says how long to wait.</summary>
    TooManyRequests,

    /// <summary>The account's storage is full.</summary>
    QuotaExceeded,

    /// <summary>A mailed or one-time code is wrong, used or expired.</summary>
    CodeInvalid,

    /// <summary>The password is right, and the account's second factor is needed too.</summary>
    CodeRequired,

    /// <summary>The server could not read or write its storage; nothing is known to be stored.</summary>
    StorageUnavailable,

    /// <summary>The server has too much to do at the moment.</summary>
    ServerBusy,

    /// <summary>Client and server speak different versions of the protocol.</summary>
    VersionUnsupported,
}

/// <summary>Writes codes in snake case and refuses numbers.</summary>
public sealed class ErrorCodeJsonConverter()
    : JsonStringEnumConverter<ErrorCode>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false);

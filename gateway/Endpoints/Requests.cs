using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Vault.Grains.Interfaces;
using Vault.Protocol;

namespace Vault.Gateway.Endpoints;

/// <summary>Reads what endpoints take out of a request; everything that does not fit is refused by name.</summary>
internal static class Requests
{
    /// <summary>The longest JSON body in bytes, but for commits.</summary>
    internal const int MaxSmallJson = 32 * 1024;

    /// <summary>The longest change of keys in bytes: two sealed key rings, a record and a profile, in base64.</summary>
    internal const int MaxKeysJson = 256 * 1024;

    /// <summary>
    /// The longest commit in bytes: 49,999 part hashes, a header, metadata and a manifest, and grants for everybody whom a
    /// file can be given to, all in base64.
    /// </summary>
    internal const int MaxCommitJson = 8 * 1024 * 1024;

    /// <summary>The longest grants of one request in bytes, headers and signatures in base64.</summary>
    internal const int MaxGrantsJson = 2 * 1024 * 1024;

    /// <summary>The longest new name in bytes: both sealed metadata and a signed revision, in base64.</summary>
    internal const int MaxRenameJson = (2 * CommitSendRequest.MaxMetadataLength / 3 * 4) + MaxSmallJson;

    /// <summary>The longest copy in bytes: what a rename has, a header, and grants for everybody whom a file can be given to.</summary>
    internal const int MaxCopyJson = MaxGrantsJson + MaxRenameJson;

    /// <summary>The longest contacts in bytes, in base64.</summary>
    internal const int MaxContactsJson = (PutContactsRequest.MaxLength / 3 * 4) + MaxSmallJson;

    internal static ConnectionClaims Claims(this HttpContext http) =>
        http.Features.Get<ConnectionClaims>() ?? throw new InvalidOperationException("The connection came without Noise.");

    /// <summary>Whom the connection claims to be, which the account's grain has confirmed; every command asks it again.</summary>
    /// <remarks>Before that no other grain is asked, so that strangers wake none. Requests that come together wait for one answer.</remarks>
    /// <exception cref="RefusedException">There is no such session or access key, or too many were claimed.</exception>
    internal static async Task<Caller> CallerAsync(this HttpContext http)
    {
        var caller = http.Claim();
        return await http.Claims().ConfirmAsync(AskAsync) is { } refusal ? throw new RefusedException(refusal) : caller;

        Task<Problem?> AskAsync()
        {
            http.TakeClaim();
            return http.RequestServices.GetRequiredService<IGrainFactory>().User(caller).RefuseAsync(caller.SessionKey);
        }
    }

    /// <summary>Whom the connection claims to be, for what also those may ask whose session it was: counted until a grain has confirmed it.</summary>
    /// <exception cref="RefusedException">It claims nothing, or too much was claimed.</exception>
    internal static Caller Claimed(this HttpContext http)
    {
        var caller = http.Claim();
        if (!http.Claims().IsConfirmed)
        {
            http.TakeClaim();
        }

        return caller;
    }

    internal static IUserGrain User(this IGrainFactory grains, Caller caller) => grains.GetGrain<IUserGrain>(caller.Account.ToString());

    internal static IFileGrain File(this IGrainFactory grains, FileId file) => grains.GetGrain<IFileGrain>(file.ToString());

    internal static SignInOrigin Origin(this HttpContext http) => new(
        http.Claims().SessionKey, http.Claims().HandshakeHash, http.Address().Text);

    internal static ClientAddress Address(this HttpContext http) => new(http.Connection.RemoteIpAddress?.ToString() ?? "");

    private static Caller Claim(this HttpContext http) => http.Claims() is { Account: { } account, SessionKey: var key }
        ? new Caller(account, key)
        : throw new RefusedException(new Problem(ErrorCode.NotAuthenticated, "This connection belongs to no session. Sign in first."));

    private static void TakeClaim(this HttpContext http) => http.RequestServices.GetRequiredService<AnonymousLimit>().TakeClaim(http);

    private static async Task<Problem?> RefuseAsync(this IUserGrain user, SessionKey session) => (await user.GetSession(session)).Problem;

    internal static bool IsBrief(this HttpContext http) => http.Request.Query[Routes.BriefQuery] == "1";

    internal static TId Id<TId>(this HttpContext http, string name)
        where TId : struct, IVaultId<TId> => VaultId.TryParse<TId>(http.Request.RouteValues[name] as string, out var id)
            ? id
            : throw RefusedException.Invalid($"'{name}' in the path must be 32 lower-case hexadecimal digits.");

    internal static int Number(this HttpContext http, string name) => int.TryParse(
        http.Request.RouteValues[name] as string, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw RefusedException.Invalid($"'{name}' in the path must be a whole number.");

    /// <summary>Which page of a list by file id is asked for.</summary>
    internal static (FileId? After, int Limit) Page(this HttpContext http, int defaultLimit, int maxLimit)
    {
        FileId? after = null;
        if (http.Request.Query.TryGetValue(Routes.AfterQuery, out var text))
        {
            after = FileId.TryParse(text.ToString(), out var file)
                ? file
                : throw RefusedException.Invalid($"'{Routes.AfterQuery}' must be a file id.");
        }

        var limit = defaultLimit;
        if (http.Request.Query.TryGetValue(Routes.LimitQuery, out var number)
            && (!int.TryParse(number.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out limit)
                || limit < 1 || limit > maxLimit))
        {
            throw RefusedException.Invalid($"'{Routes.LimitQuery}' must be 1 to {maxLimit}.");
        }

        return (after, limit);
    }

    internal static async Task<T> ReadJsonAsync<T>(this HttpContext http, JsonTypeInfo<T> type, int maxLength)
        where T : class
    {
        if (http.Request.ContentLength > maxLength)
        {
            throw RefusedException.Invalid($"The request is longer than {maxLength} bytes.");
        }

        try
        {
            using var limited = new LimitedStream(http.Request.Body, maxLength);
            return await JsonSerializer.DeserializeAsync(limited, type, http.RequestAborted)
                ?? throw RefusedException.Invalid($"The request must be a {typeof(T).Name}, not null.");
        }
        catch (JsonException error)
        {
            throw RefusedException.Invalid($"The request is no {typeof(T).Name}: wrong at '{error.Path}'.");
        }
    }

    /// <summary>Ends a body that is longer than its request may be, however long it says it is.</summary>
    private sealed class LimitedStream(Stream inner, long left) : Stream
    {
        private long _left = left;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await inner.ReadAsync(buffer, cancellationToken);
            _left -= read;
            return _left >= 0 ? read : throw RefusedException.Invalid("The request is too long.");
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}

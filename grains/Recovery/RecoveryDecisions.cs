using System.Security.Cryptography;
using Vault.Grains.EventSourcing;
using Vault.Protocol;

namespace Vault.Grains.Recovery;

/// <summary>What is decided of recovery codes. Pure.</summary>
internal static class RecoveryDecisions
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    /// <summary>What everybody is told whose code does not fit, for whatever reason.</summary>
    public static Problem WrongCode => new(
        ErrorCode.CodeInvalid, "The code is wrong, used, too old or was tried too often. Request a new one.");

    /// <summary>Takes a request, unless there were as many within the hour as there may be.</summary>
    public static Decision<RecoveryEvent> Request(RecoveryState state, CommandId request, DateTimeOffset now, RecoveryLimits limits) =>
        state.Requests.Count(made => made.At > now - Hour) >= limits.MaxRequestsPerHour
            ? new Problem(ErrorCode.TooManyRequests, "Too many codes were asked for. Wait, then try again.", (int)Hour.TotalSeconds)
            : new RecoveryRequested(request, now);

    /// <summary>Makes a code usable; another one of the same request, which may not have arrived, ends.</summary>
    public static Decision<RecoveryEvent> Issue(
        RecoveryState state, CommandId request, byte[] hash, DateTimeOffset now, RecoveryLimits limits) =>
        hash.Length == HMACSHA256.HashSizeInBytes && state.Requests.Any(made => made.Id == request && made.IsOpen)
            ? new CodeIssued(request, hash, now + limits.CodeLifetime)
            : new Problem(ErrorCode.NotFound, "Nobody waits for this code.");

    /// <summary>Spends the code, if there is such a one.</summary>
    /// <param name="hash">Null where what was typed can be no code.</param>
    /// <param name="lacksFactor">Whether a second factor is wanted and not at hand: then the code is kept for when it is.</param>
    /// <param name="pending">Wrong tries that are counted, but not stored yet.</param>
    public static Decision<RecoveryEvent> Open(
        RecoveryState state, byte[]? hash, byte[] channel, int generation, bool lacksFactor, int pending, DateTimeOffset now, RecoveryLimits limits)
    {
        RecoveryCode? found = null;
        foreach (var code in state.Codes)
        {
            // Each is compared in full: how long it takes says nothing of how near a guess was.
            var isSame = CryptographicOperations.FixedTimeEquals(code.Hash, hash ?? []);
            found = isSame && code.ExpiresAt > now && code.Tries + pending < limits.MaxTries ? code : found;
        }

        if (found is null)
        {
            return WrongCode;
        }

        return lacksFactor
            ? new Problem(
                ErrorCode.CodeRequired, "This account has a second factor: the reset needs its one-time code, or the recovery key. The mailed code stays good.")
            : new CodeAccepted(found.Request, channel, generation, now + limits.CodeLifetime);
    }

    /// <summary>The reset that is open on a connection.</summary>
    public static OpenReset? Find(RecoveryState state, byte[] channel, DateTimeOffset now) => state.Resets.FindLast(
        reset => reset.ExpiresAt > now && CryptographicOperations.FixedTimeEquals(reset.Channel, channel));

    /// <summary>Ends everything that is open.</summary>
    public static Decision<RecoveryEvent> Close(RecoveryState state, DateTimeOffset now) =>
        state.Codes.IsEmpty && state.Resets.IsEmpty && !state.Requests.Any(request => request.IsOpen)
            ? Decision<RecoveryEvent>.Nothing
            : new RecoveryCompleted(now);
}

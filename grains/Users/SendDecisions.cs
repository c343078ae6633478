using Vault.Grains.EventSourcing;
using Vault.Grains.Interfaces;
using Vault.Protocol;

namespace Vault.Grains.Users;

/// <summary>What is decided of sends. Pure: state, command and time in, event and answers out.</summary>
internal static class SendDecisions
{
    /// <summary>Sets lengths aside, one answer for each request; a request sent again gets the answer it had.</summary>
    /// <param name="unsettled">Reservations that may have become versions: these do not expire yet.</param>
    public static (Decision<UserEvent> Decision, IReadOnlyList<Outcome<SendTarget>> Answers) Reserve(
        UserState state, IReadOnlyList<ReserveSendRequest> requests, IReadOnlySet<UploadId> unsettled,
        DateTimeOffset now, SendLimits limits)
    {
        var plan = new ReservationPlan(state, unsettled, now, limits);
        var answers = requests.Select(request => plan.Answer(request)).ToList();
        return (plan.Decision, answers);
    }

    /// <summary>Gives a reservation back; nothing where it is not open.</summary>
    public static Decision<UserEvent> Release(UserState state, UploadId upload) =>
        state.Sends.Open.ContainsKey(upload) ? new SendReleased(upload) : Decision<UserEvent>.Nothing;

    /// <summary>Gives back what reservations that have expired had set aside.</summary>
    /// <param name="unsettled">Those of which it is not known what became of them: they stay.</param>
    public static Decision<UserEvent> Expire(
        UserState state, IReadOnlySet<UploadId> unsettled, DateTimeOffset now, SendLimits limits) =>
        new ReservationPlan(state, unsettled, now, limits).Decision;

    /// <summary>Lists the versions whose reservations are still open; the others are listed already.</summary>
    /// <param name="inPlaceOfOlder">Whether each came in place of all older versions of its file.</param>
    public static Decision<UserEvent> Commit(
        UserState state, IEnumerable<CommittedSend> stored, bool inPlaceOfOlder = false)
    {
        var sends = stored.Where(send => state.Sends.Open.ContainsKey(send.Upload))
            .DistinctBy(send => send.Upload).ToList();
        if (sends.Count == 0)
        {
            return Decision<UserEvent>.Nothing;
        }

        return inPlaceOfOlder ? new VersionsReplaced(sends) : new SendsCommitted(sends);
    }

    /// <summary>The send as it was announced, whether open or already a version; null where neither, or where it is a copy under way.</summary>
    public static ReserveSendRequest? Announced(UserState state, UploadId upload)
    {
        if (state.Sends.Open.TryGetValue(upload, out var open))
        {
            return open.Content is null ? open.ToRequest() : null;
        }

        return state.Files.Find(upload) is var (file, kept)
            ? new ReserveSendRequest(
                upload, file.File, file.NameTag.ToArray(), kept.HeaderLength, kept.PayloadLength, kept.PartSize)
            : null;
    }
}

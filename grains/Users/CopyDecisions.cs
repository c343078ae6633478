using Vault.Grains.EventSourcing;
using Vault.Grains.Interfaces;
using Vault.Protocol;

namespace Vault.Grains.Users;

/// <summary>Everything that a copy is decided on.</summary>
/// <param name="SigningKey">The owner's, from the profile.</param>
internal sealed record CopyVersion(FileId Source, int Version, CopyVersionRequest Request, byte[] SigningKey);

/// <summary>What is decided of copies. Pure.</summary>
internal static class CopyDecisions
{
    /// <summary>
    /// Sets a copy's whole length aside and keeps the content for it, if the owner's key signed just the version that comes next under
    /// the name. A copy that is under way, or stored already, gets the answer it had, whatever has become of what it was copied from.
    /// </summary>
    /// <param name="unsettled">Reservations that may have become versions: these do not expire yet.</param>
    public static (Decision<UserEvent> Decision, Outcome<Reservation> Answer) Reserve(
        UserState state, CopyVersion command, IReadOnlySet<UploadId> unsettled, DateTimeOffset now, SendLimits limits)
    {
        var (request, commit) = (command.Request, command.Request.Commit);
        if (commit.PartHashes.Length > 0 || commit.Shares?.RemoveOlder is true)
        {
            return Refuse(Invalid("A copy brings no part hashes of its own, and removes no versions."));
        }

        if (Known(state, command) is { } known)
        {
            return (Decision<UserEvent>.Nothing, known);
        }

        if (state.Files.Find(command.Source)?.Versions.FirstOrDefault(kept => kept.Version == command.Version) is not { } source)
        {
            return Refuse(new Problem(ErrorCode.NotFound, "There is no such version."));
        }

        if (commit.Manifest.Verify(command.SigningKey, now) is not { } manifest)
        {
            return Refuse(Invalid("The manifest is not signed by the owner's key."));
        }

        var plan = new ReservationPlan(state, unsettled, now, limits);
        var answer = plan.Answer(
            new ReserveSendRequest(commit.Upload, request.File, request.NameTag, commit.Header.Length, source.PayloadLength, source.PartSize),
            source.Content);
        if (!answer.Succeeded(out var target, out var problem))
        {
            return Refuse(problem);
        }

        if (manifest.File != target.File || manifest.Version != target.Version
            || !(manifest.PreviousManifest ?? []).AsSpan().SequenceEqual(target.PreviousManifest))
        {
            return Refuse(new Problem(
                ErrorCode.Conflict, "The name is in use. Sign a manifest for the target to make the copy that file's next version.", Target: target));
        }

        return (plan.CopyDecision, plan.Open(commit.Upload) is { } reserved ? reserved : Invalid("The copy was not set aside."));
    }

    // The upload names the command. What it says besides the file's grain compares, which has it word for word.
    private static Outcome<Reservation>? Known(UserState state, CopyVersion command)
    {
        var upload = command.Request.Commit.Upload;
        if (state.Sends.Open.TryGetValue(upload, out var open))
        {
            return open.Content is null ? ReservationPlan.Reused() : (Outcome<Reservation>)open;
        }

        if (state.Files.Find(upload) is not var (file, kept))
        {
            return null;
        }

        return new Reservation(upload, file.File, file.NameTag, kept.HeaderLength, kept.PayloadLength, kept.PartSize, default)
        {
            Content = kept.Content,
        };
    }

    private static (Decision<UserEvent> Decision, Outcome<Reservation> Answer) Refuse(Problem problem) =>
        (Decision<UserEvent>.Nothing, problem);

    private static Problem Invalid(string detail) => new(ErrorCode.InvalidRequest, detail);
}

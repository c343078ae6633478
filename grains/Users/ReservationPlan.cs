using Vault.Grains.EventSourcing;
using Vault.Grains.Interfaces;
using Vault.Protocol;

namespace Vault.Grains.Users;

/// <summary>The working paper of one <see cref="SendDecisions.Reserve"/>: later requests see what earlier ones set aside.</summary>
internal sealed class ReservationPlan
{
    // A copy is one request; what it set aside is kept as long as its answer may be on its way to this account's stream.
    private static readonly TimeSpan CopyLifetime = TimeSpan.FromHours(1);

    private readonly UserState _state;
    private readonly DateTimeOffset _now;
    private readonly SendLimits _limits;
    private readonly List<UploadId> _expired;
    private readonly List<Reservation> _added = [];
    private readonly Dictionary<UploadId, Reservation> _open;
    private readonly Dictionary<NameTag, FileId> _files = [];
    private readonly Dictionary<FileId, NameTag> _tags = [];
    private long _used;

    public ReservationPlan(UserState state, IReadOnlySet<UploadId> unsettled, DateTimeOffset now, SendLimits limits)
    {
        (_state, _now, _limits) = (state, now, limits);
        _expired = [.. state.Sends.Open.Values
            .Where(open => open.ExpiresAt <= now && !unsettled.Contains(open.Upload)).Select(open => open.Upload)];
        var remaining = state.Sends.Close(_expired);
        _open = new Dictionary<UploadId, Reservation>(remaining.Open);
        _used = state.Files.Bytes + remaining.Bytes;
        foreach (var open in _open.Values)
        {
            Note(open);
        }
    }

    /// <summary>The event that the answers so far need.</summary>
    public Decision<UserEvent> Decision =>
        _added.Count + _expired.Count == 0 ? Decision<UserEvent>.Nothing : new SendsReserved(_added, _expired);

    /// <summary>The same where the one request was for a copy.</summary>
    public Decision<UserEvent> CopyDecision => _added is [var added] ? new CopyReserved(added, _expired) : Decision;

    /// <summary>The reservation that an answer made, or found open.</summary>
    public Reservation? Open(UploadId upload) => _open.GetValueOrDefault(upload);

    /// <summary>The answer to the next request.</summary>
    /// <param name="content">The stored content that a copy refers to; null for a send.</param>
    public Outcome<SendTarget> Answer(ReserveSendRequest request, UploadId? content = null)
    {
        if (!NameTag.TryRead(request.NameTag, out var tag)
            || request.HeaderLength is < 1 or > ReserveSendRequest.MaxHeaderLength
            || !PartLayout.TryCreate(request.PayloadLength, request.PartSize, out _))
        {
            return new Problem(ErrorCode.InvalidRequest, "The send's name tag, lengths or part size are out of range.");
        }

        if (_open.TryGetValue(request.Upload, out var open))
        {
            return IsSame(request, tag, open) && open.Content == content ? TargetOf(open.File) : Reused();
        }

        if (_state.Files.Find(request.Upload) is var (file, kept))
        {
            var announced = new Reservation(
                kept.Upload, file.File, file.NameTag, kept.HeaderLength, kept.PayloadLength, kept.PartSize, default);
            return IsSame(request, tag, announced) && kept.Copied == content ? file.TargetOf(kept) : Reused();
        }

        // Of a file in the trash, or of one that is gone and was copied: its content must not become another's too.
        return _state.Files.Refers(request.Upload) || _state.Sends.Refers(request.Upload) ? Reused() : Add(request, tag, content);
    }

    private static bool IsSame(ReserveSendRequest request, NameTag tag, Reservation other) => tag == other.NameTag
        && request.HeaderLength == other.HeaderLength && request.PayloadLength == other.PayloadLength
        && request.PartSize == other.PartSize;

    /// <summary>What is answered to an upload id that names something else.</summary>
    public static Problem Reused() =>
        new(ErrorCode.Conflict, "This upload id was used for another send. Send with a new one.");

    private Outcome<SendTarget> Add(ReserveSendRequest request, NameTag tag, UploadId? content)
    {
        var file = _state.Files.Find(tag)?.File ?? (_files.TryGetValue(tag, out var known) ? known : request.File);
        if (IsTaken(file, tag))
        {
            return new Problem(ErrorCode.Conflict, "This file id belongs to another file. Send with a new one.");
        }

        if (_open.Count >= _limits.MaxOpen)
        {
            return new Problem(
                ErrorCode.TooManyRequests, "Too many sends are under way. End or release some first.",
                RetryAfterSeconds: 60);
        }

        var length = request.HeaderLength + request.PayloadLength;
        if (length > _limits.QuotaBytes - _used)
        {
            return new Problem(
                ErrorCode.QuotaExceeded, $"The account has {Math.Max(0, _limits.QuotaBytes - _used)} bytes left, "
                + $"the send needs {length}.");
        }

        var added = new Reservation(
            request.Upload, file, tag, request.HeaderLength, request.PayloadLength, request.PartSize,
            _now + (content is null || _limits.ReservationLifetime < CopyLifetime ? _limits.ReservationLifetime : CopyLifetime))
        {
            Content = content,
        };
        _added.Add(added);
        _open.Add(added.Upload, added);
        _used += length;
        Note(added);
        return TargetOf(file);
    }

    private bool IsTaken(FileId file, NameTag tag) =>
        (_state.Files.Find(file) is { } listed && listed.NameTag != tag)
        || _state.Files.Removing.Contains(file)
        || _state.Files.Trashed.ContainsKey(file)
        || (_tags.TryGetValue(file, out var other) && other != tag);

    private SendTarget TargetOf(FileId file) =>
        (_state.Files.Find(file)?.Next ?? new SendTarget(file, 1, null)) with { IsShared = _state.Shares.Given.Contains(file) };

    private void Note(Reservation open)
    {
        _files[open.NameTag] = open.File;
        _tags[open.File] = open.NameTag;
    }
}

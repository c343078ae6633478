using Vault.Grains.Interfaces;
using Vault.Protocol;
using Vault.Storage;

namespace Vault.Grains.Users;

/// <content>Sends: announced, given back, ended.</content>
internal sealed partial class UserGrain
{
    private const int ParallelCommits = 64; // they share syncs

    // What one send takes in an event besides its metadata, generously; and where an event is split in two.
    private const int SendLength = 512, MaxEventLength = NewEvent.MaxDataLength / 2;

    public async Task<Outcome<SendReservations>> ReserveSends(
        SessionKey session, IReadOnlyList<ReserveSendRequest> requests)
    {
        var now = Now;
        if (Refuse(session, requests.Count, now) is { } problem)
        {
            return problem;
        }

        await NotePendingAsync();
        _unsettled.UnionWith(Expired(now));
        await SettleAsync(now);
        IReadOnlyList<Outcome<SendTarget>> answers = [];
        await ChangeAsync(now, state =>
        {
            (var decision, answers) = SendDecisions.Reserve(state, requests, _unsettled, now, _sendLimits);
            return decision;
        });
        return new SendReservations(answers);
    }

    public Task<Outcome<ReserveSendRequest>> GetReservation(SessionKey session, UploadId upload)
    {
        if (Deny(session, AccessRight.Send, Now) is { } refusal)
        {
            return Task.FromResult<Outcome<ReserveSendRequest>>(refusal);
        }

        return Task.FromResult<Outcome<ReserveSendRequest>>(
            State.Sends.Open.ContainsKey(upload) && SendDecisions.Announced(State, upload) is { } open
                ? open
                : NoSend());
    }

    public async Task<Outcome<Done>> ReleaseSend(SessionKey session, UploadId upload)
    {
        var now = Now;
        if (Deny(session, AccessRight.Send, now) is { } refusal)
        {
            return refusal;
        }

        _unsettled.Add(upload);
        await SettleAsync(now);
        if (_unsettled.Contains(upload))
        {
            return Unavailable();
        }

        await ChangeAsync(now, state => SendDecisions.Release(state, upload));
        return Done.Value;
    }

    public async Task<Outcome<SendBatchReply>> CommitSends(SessionKey session, IReadOnlyList<CommitSendRequest> commits)
    {
        var now = Now;
        if (Refuse(session, commits.Count, now) is { } problem)
        {
            return problem;
        }

        var key = IsRunning(session, now) ? null : State.AccessKeys.Find(session, now);
        await NotePendingAsync();
        await SettleAsync(now);
        using var turns = new SemaphoreSlim(ParallelCommits);
        var signer = SigningKey();
        var outcomes = await Task.WhenAll(commits.Select(commit => CommitAsync(key, signer, commit, turns, now)));
        var stored = new List<NewVersion>(commits.Count);
        var answers = new List<SendBatchItemReply>(commits.Count);
        foreach (var (commit, outcome) in commits.Zip(outcomes))
        {
            if (outcome.Succeeded(out var send, out var refusal))
            {
                stored.Add(Listed(commit.Upload, send));
            }

            answers.Add(new SendBatchItemReply(commit.Upload, send?.Receipt, refusal));
        }

        await ListAsync(stored, now);
        foreach (var replacing in State.Files.Replacing.Where(replacing => IsDue(replacing.Key, now)))
        {
            await FinishReplacementAsync(replacing.Key, replacing.Value, now);
        }

        await TrimAsync(stored.Select(version => State.Files.FileOf(version.Send.Upload)).OfType<FileId>(), now);
        return new SendBatchReply(answers);
    }

    private static Problem NoSend() => new(ErrorCode.NotFound, "There is no such send under way.");

    private static NewVersion Listed(UploadId upload, StoredSend stored) => new(
        new CommittedSend(
            upload, stored.Receipt.Version, stored.OwnerMetadata, stored.Receipt.ManifestHash, stored.StoredAt),
        stored.RemovedOlder);

    private Problem? Refuse(SessionKey session, int count, DateTimeOffset now)
    {
        if (Deny(session, AccessRight.Send, now) is { } refusal)
        {
            return refusal;
        }

        return count is < 1 or > SendBatch.MaxItems
            ? Invalid($"A request has 1 to {SendBatch.MaxItems} sends.")
            : null;
    }

    /// <summary>The file's stream first. The open reservation is the mark by which a crash from here on is found.</summary>
    private async Task<Outcome<StoredSend>> CommitAsync(
        AccessKey? key, byte[] signer, CommitSendRequest commit, SemaphoreSlim turns, DateTimeOffset now)
    {
        await turns.WaitAsync();
        try
        {
            if (SendDecisions.Announced(State, commit.Upload) is not { } reservation)
            {
                return NoSend();
            }

            if (AccessDecisions.CheckSigner(key, commit, signer, now) is { } unsigned)
            {
                return unsigned;
            }

            if (commit.Shares is { Grants.Count: > 0 })
            {
                await NoteSharedAsync(reservation.File, now);
            }

            var stored = await File(reservation.File).Commit(_account, reservation, commit);
            return key is { Scope: AccessScope.SendOnly } && stored.Problem?.Shares is not null
                ? new Problem(ErrorCode.NotPermitted, "Others have this file: its next version has to come from its owner's own session.")
                : stored;
        }
        catch (Exception e) when (IsUnknownOutcome(e))
        {
            _unsettled.Add(commit.Upload);
            return Unavailable();
        }
        finally
        {
            turns.Release();
        }
    }

    // Once for a batch: checking the profile costs as much as checking a file's manifest.
    private byte[] SigningKey() => State.Account?.Profile.Verify()?.SigningKey ?? throw Guard.Damaged($"profile of account {_account}");

    /// <summary>The owner's list second: one event, or a few where the metadata is so long that one would not do.</summary>
    private async Task ListAsync(IReadOnlyCollection<NewVersion> stored, DateTimeOffset now)
    {
        await ListAsync(stored.Where(version => !version.RemovedOlder).Select(version => version.Send), false, now);
        await ListAsync(stored.Where(version => version.RemovedOlder).Select(version => version.Send), true, now);
    }

    private async Task ListAsync(IEnumerable<CommittedSend> stored, bool inPlaceOfOlder, DateTimeOffset now)
    {
        var batch = new List<CommittedSend>();
        var length = 0;
        foreach (var send in stored)
        {
            var added = SendLength + (send.OwnerMetadata.Length * 4 / 3);
            if (length + added > MaxEventLength)
            {
                await AppendAsync();
            }

            batch.Add(send);
            length += added;
        }

        await AppendAsync();

        async Task AppendAsync()
        {
            var sends = batch;
            (batch, length) = ([], 0);
            await ChangeAsync(now, state => SendDecisions.Commit(state, sends, inPlaceOfOlder));
        }
    }

    /// <summary>A version that its file's stream has and the list may not have yet.</summary>
    private sealed record NewVersion(CommittedSend Send, bool RemovedOlder);
}

using Vault.Grains.Interfaces;
using Vault.Protocol;

namespace Vault.Grains.Users;

/// <content>Copies: versions that refer to content that is stored already.</content>
internal sealed partial class UserGrain
{
    public async Task<Outcome<Receipt>> CopyVersion(SessionKey session, FileId source, int version, CopyVersionRequest request)
    {
        var now = Now;
        if (Deny(session, AccessRight.Change, now) is { } denied)
        {
            return denied;
        }

        var key = State.Account?.Profile.Verify()?.SigningKey ?? [];
        if (AccessDecisions.CheckSigner(null, request.Commit, key, now) is { } unsigned)
        {
            return unsigned;
        }

        await NotePendingAsync();
        _unsettled.UnionWith(Expired(now));
        await SettleAsync(now);
        Outcome<Reservation> answer = NoFile();
        await ChangeAsync(now, state =>
        {
            (var decision, answer) = CopyDecisions.Reserve(
                state, new CopyVersion(source, version, request, key), _unsettled, now, _sendLimits);
            return decision;
        });
        return answer.Succeeded(out var reservation, out var refusal)
            ? await FinishCopyAsync(reservation, new CopySource(source, version, reservation.Content ?? default), request.Commit, now)
            : refusal;
    }

    /// <summary>The copy's stream first; the open reservation keeps the content, and is the mark by which a crash from here on is found.</summary>
    private async Task<Outcome<Receipt>> FinishCopyAsync(
        Reservation reservation, CopySource source, CommitSendRequest commit, DateTimeOffset now)
    {
        try
        {
            if (commit.Shares is { Grants.Count: > 0 })
            {
                await NoteSharedAsync(reservation.File, now);
            }

            var outcome = await File(reservation.File).CommitCopy(_account, reservation.ToRequest(), commit, source);
            if (outcome.Succeeded(out var stored, out var problem))
            {
                await ListAsync([Listed(commit.Upload, stored)], now);
                await TrimAsync([reservation.File], now);
                return stored.Receipt;
            }

            _unsettled.Add(commit.Upload);
            await SettleAsync(now);
            if (!_unsettled.Contains(commit.Upload))
            {
                await ChangeAsync(now, state => SendDecisions.Release(state, commit.Upload));
            }

            return problem;
        }
        catch (Exception e) when (IsUnknownOutcome(e))
        {
            _unsettled.Add(commit.Upload);
            return Unavailable();
        }
    }
}

using Vault.Grains.Interfaces;
using Vault.Protocol;

namespace Vault.Grains.Users;

/// <content>
/// An account that is closed, or whose registrations nobody confirmed in time. One event ends everything; from then on this grain answers
/// as one without an account. What is stored goes after it, the account's own stream last: it says what there is to delete, so a crash at any
/// point leaves a stream with that event or nothing, and the note under <c>pending/</c> has it found.
/// </content>
internal sealed partial class UserGrain : IUserClosing
{
    // How long the account's address is kept for the notice, where the mail host does not take it.
    private static readonly TimeSpan NoticePatience = TimeSpan.FromHours(1);

    // Requests that were under way at a gateway when the account was closed may still store something: it is looked for once more.
    private static readonly TimeSpan LastLookAfter = TimeSpan.FromHours(1);

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200), LongestPause = TimeSpan.FromMinutes(1);

    private IGrainTimer? _erasing;
    private int _erasures;
    private bool _areFilesErased;

    public Task<string?> GetClosedAddress() => Task.FromResult(State.Closed?.Email);

    public async Task<Outcome<Done>> CloseAccount(SessionKey session, CloseAccountRequest request, ClientAddress address)
    {
        var now = Now;
        if (State.Closed?.By != session && DenyManaging(session, now) is { } denied)
        {
            return denied;
        }

        var isProved = State.Account?.Profile.Verify() is { } profile && ClosingProof.Verify(
            request.Proof, _account, Convert.FromHexString(session.ToString()), profile.SigningKey);
        var decision = ClosingDecisions.Close(State, session, isProved, now);
        if (decision.Event is null)
        {
            return decision.Refusal is { } refusal ? refusal : Done.Value;
        }

        // An open session and a password that somebody looked over a shoulder for are not enough where there is a second factor.
        if (State.SecondFactor.IsOn && await UseClosingCodeAsync(request.OneTimeCode, address.Text, now) is { } refused)
        {
            return refused;
        }

        await NotePendingAsync();
        await _desk.Outbox.ForgetAsync(_account); // also the notice of an attempt that came to nothing
        var mail = await _desk.Outbox.PrepareAsync(_account, ClosedMail.Kind, ClosedMail.Kind, now);
        if (await ChangeAsync(now, state => ClosingDecisions.Close(state, session, isProved, now)) is { } late)
        {
            await _desk.Outbox.RemoveAsync(mail.Id);
            return late;
        }

        _desk.Outbox.Send(mail);
        _desk.Logger.AccountClosed(_account);
        EraseSoon();
        try
        {
            await ReleaseAddressAsync(); // at once, so that whoever wants it can register it anew
        }
        catch (StorageUnavailableException)
        {
            // The account is closed all the same; the address goes with the rest.
        }

        return Done.Value;
    }

    private Task<Problem?> UseClosingCodeAsync(string? code, string address, DateTimeOffset now) => code is null
        ? Task.FromResult<Problem?>(new Problem(ErrorCode.CodeRequired, "The account has a second factor: closing it needs its one-time code too."))
        : UseCodeAsync(code, address, now);

    /// <summary>Goes on where it was left: after a crash, or for the last look.</summary>
    private async Task FinishClosingAsync(DateTimeOffset now)
    {
        if (State.Closed is not null)
        {
            EraseSoon();
            return;
        }

        if (await _erasure.FindAsync(_account) is { } tombstone)
        {
            await _erasure.DeleteBlobsAsync(_account);
            await Recovery.EraseClosed();
            await EraseStreamAsync(); // a deletion that was cut off leaves a stream that reads as empty and is not
            if (now < tombstone.ClosedAt + LastLookAfter)
            {
                return;
            }

            if (tombstone.IsLapsed)
            {
                await _erasure.UnmarkAsync(_account);
            }
        }

        _isNoted = false;
        await _work.ForgetAsync(_account);
    }

    // Beside all other calls, which are refused anyway: an account of many files takes its time.
    private void EraseSoon()
    {
        if (_erasing is { } waiting)
        {
            waiting.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
            return;
        }

        _erasing = this.RegisterGrainTimer(
            EraseAsync, new GrainTimerCreationOptions(TimeSpan.Zero, Timeout.InfiniteTimeSpan) { Interleave = true });
    }

    private async Task EraseAsync()
    {
        try
        {
            if (await TryEraseAsync(Now))
            {
                _erasing?.Dispose();
                _erasing = null;
                return;
            }
        }
        catch (Exception e) when (IsUnknownOutcome(e))
        {
            _logger.PendingNotFinished(e, _account);
        }

        var pause = FirstPause * Math.Pow(2, Math.Min(_erasures++, 10));
        _erasing?.Change(pause < LongestPause ? pause : LongestPause, Timeout.InfiniteTimeSpan);
    }

    /// <returns>Whether everything is gone; otherwise the notice waits for the mail host.</returns>
    private async Task<bool> TryEraseAsync(DateTimeOffset now)
    {
        if (State.Closed is not { } closed)
        {
            return true;
        }

        await _erasure.MarkAsync(_account, new Tombstone(closed.At, IsLapsed: closed.By is null));
        await ReleaseAddressAsync();
        var isNoticeDue = await _erasure.DeleteBlobsAsync(_account);
        if (!_areFilesErased)
        {
            await EraseFilesAsync();
            _areFilesErased = true;
        }

        await Recovery.EraseClosed();
        if (isNoticeDue && now < closed.At + NoticePatience)
        {
            return false;
        }

        if (isNoticeDue)
        {
            _logger.ClosedWithoutNotice(_account);
        }

        await _settling; // of a list that was read when the account was closed
        await EraseStreamAsync();
        _logger.AccountErased(_account);
        return true;
    }

    /// <summary>The streams of all files that the account ever had, and its shares of others' files.</summary>
    private async Task EraseFilesAsync()
    {
        var files = await CollectAsync(stored => stored switch
        {
            SendsReserved sends => sends.Reserved.Select(send => send.File),
            CopyReserved copy => [copy.Reserved.File],
            _ => [],
        });
        var erased = await AskAllAsync([.. files], file => File(file).EraseClosed(_account));
        var ended = await AskAllAsync([.. State.Shares.Received], share => File(share.File).EndShare(_account));

        // An id that was reserved may be another's file: not found, and nothing of this account's is there to erase.
        var failed = erased.Where(answer => answer.Problem is { Code: not ErrorCode.NotFound }).Concat(ended.Where(answer => answer.Problem is not null));
        if (failed.FirstOrDefault().Problem is { } problem)
        {
            throw new StorageUnavailableException(StorageFailure.Unavailable, problem.Detail); // tried again
        }
    }

    private Task ReleaseAddressAsync() =>
        State.Closed is { } closed && EmailAddress.TryParse(closed.Email, out var address)
            ? _desk.Addresses.ReleaseAsync(address, _account)
            : Task.CompletedTask;
}

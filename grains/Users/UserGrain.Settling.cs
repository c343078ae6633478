using Vault.Grains.Interfaces;
using Vault.Protocol;

namespace Vault.Grains.Users;

/// <content>
/// Work across two grains that a crash or a failure left between them is found in this account's own stream and finished:
/// an open reservation may have become a version that is not listed; a removed file may not be erased yet;
/// versions that another one came in place of, or that are kept no more, may still have their content; a new name may not be told yet.
/// </content>
internal sealed partial class UserGrain
{
    private static readonly TimeSpan SettleAgain = TimeSpan.FromSeconds(30);

    // Reservations of which it is not known whether their file's stream has them. All, when the grain is activated.
    private readonly HashSet<UploadId> _unsettled = [];
    private readonly Dictionary<FileId, DateTimeOffset> _notBefore = [];
    private Task _settling = Task.CompletedTask;

    // Whether the store says that this account may have work under way; false where it is not known.
    private bool _isNoted;

    public async Task FinishPending()
    {
        var now = Now;
        if (State.Account is null)
        {
            await FinishClosingAsync(now);
            return;
        }

        _unsettled.UnionWith(Expired(now));
        await SettleAsync(now);
        await ChangeAsync(now, state => SendDecisions.Expire(state, _unsettled, now, _sendLimits));
        if (State.Sends.Open.IsEmpty && !State.Files.IsUnfinished)
        {
            // No command that begins such work runs beside this one, so nothing can be begun before the note is gone.
            _isNoted = false;
            await _work.ForgetAsync(_account);
        }
    }

    /// <summary>Before the first event of work that another grain has a part in: so that it is found without this one.</summary>
    private async Task NotePendingAsync()
    {
        if (!_isNoted)
        {
            await _work.NoteAsync(_account);
            _isNoted = true;
        }
    }

    // One that has expired might have become a version that this grain never heard of.
    private IEnumerable<UploadId> Expired(DateTimeOffset now) =>
        State.Sends.Open.Values.Where(open => open.ExpiresAt <= now).Select(open => open.Upload);

    private static bool IsUnknownOutcome(Exception e) =>
        e is StorageUnavailableException or TimeoutException or (Orleans.Runtime.OrleansException and not SiloLeavingException);

    /// <summary>
    /// Finishes what is unfinished, before the list is read or changed. What cannot be asked now stays as it is, and is
    /// asked again later: nobody was told that it had succeeded.
    /// </summary>
    private async Task SettleAsync(DateTimeOffset now)
    {
        while (!_settling.IsCompleted)
        {
            await _settling; // of a call that this one interleaves with
        }

        _unsettled.IntersectWith(State.Sends.Open.Keys);
        if (_unsettled.Count > 0 || State.Files.IsUnfinished)
        {
            await (_settling = SettleNowAsync(now));
        }
    }

    private async Task SettleNowAsync(DateTimeOffset now)
    {
        var sends = _unsettled.Select(upload => State.Sends.Open[upload]).Where(open => IsDue(open.File, now)).ToList();
        var removals = State.Files.Removing.Where(file => IsDue(file, now)).ToList();
        using var turns = new SemaphoreSlim(ParallelCommits);
        var found = await Task.WhenAll(sends.Select(open => AskAsync(open, turns, now)));
        var stored = found.OfType<NewVersion>().ToList();
        await ListAsync(stored, now);
        _unsettled.ExceptWith(stored.Select(version => version.Send.Upload));
        foreach (var file in removals)
        {
            await FinishRemovalAsync(file, now);
        }

        foreach (var replacing in State.Files.Replacing.Where(replacing => IsDue(replacing.Key, now)))
        {
            await FinishReplacementAsync(replacing.Key, replacing.Value, now);
        }

        foreach (var file in State.Files.Surplus.Keys.Where(file => IsDue(file, now)))
        {
            await FinishTrimAsync(file, now);
        }

        foreach (var renamed in State.Files.Renaming.Values.Where(renamed => IsDue(renamed.File, now)))
        {
            await FinishRenameAsync(renamed, now);
        }

        if (stored.Count + removals.Count > 0)
        {
            _logger.Settled(_account, stored.Count, removals.Count);
        }
    }

    /// <summary>The version that a reservation became, or null; then it is settled unless the file could not be asked.</summary>
    private async Task<NewVersion?> AskAsync(Reservation open, SemaphoreSlim turns, DateTimeOffset now)
    {
        await turns.WaitAsync();
        try
        {
            if ((await File(open.File).FindUpload(_account, open.Upload)).Succeeded(out var stored, out _))
            {
                return Listed(open.Upload, stored);
            }

            _unsettled.Remove(open.Upload);
            return null;
        }
        catch (Exception e) when (IsUnknownOutcome(e))
        {
            Postpone(open.File, e, now);
            return null;
        }
        finally
        {
            turns.Release();
        }
    }

    /// <summary>The file's stream and content, then the note that they are gone.</summary>
    private async Task<Outcome<Done>> FinishRemovalAsync(FileId file, DateTimeOffset now)
    {
        try
        {
            if (!(await File(file).Remove(_account)).Succeeded(out var done, out var problem))
            {
                return problem;
            }

            await ChangeAsync(now, state => FileDecisions.FinishRemoval(state, file));
            _notBefore.Remove(file);
            return done;
        }
        catch (Exception e) when (IsUnknownOutcome(e))
        {
            Postpone(file, e, now);
            return Unavailable();
        }
    }

    /// <summary>The content of versions that another one came in place of, then the note that it is gone.</summary>
    private async Task FinishReplacementAsync(FileId file, int version, DateTimeOffset now)
    {
        try
        {
            if ((await File(file).DeleteReplaced(_account, version)).Succeeded(out _, out _))
            {
                await ChangeAsync(now, state => FileDecisions.FinishReplacement(state, file, version));
                _notBefore.Remove(file);
            }
        }
        catch (Exception e) when (IsUnknownOutcome(e))
        {
            // The version is stored and listed; what is left to delete is deleted before the list is next read or changed.
            Postpone(file, e, now);
        }
    }

    private bool IsDue(FileId file, DateTimeOffset now) =>
        !_notBefore.TryGetValue(file, out var notBefore) || notBefore <= now;

    private void Postpone(FileId file, Exception cause, DateTimeOffset now)
    {
        _notBefore[file] = now + SettleAgain;
        _logger.NotSettled(cause, _account, file);
    }
}

using Vault.Grains.Files;
using Vault.Protocol;

namespace Vault.Grains.Users;

/// <content>What is over: files whose time in the trash has passed, versions beyond those that are kept, sends that nobody ended.</content>
internal sealed partial class UserGrain
{
    private const int PurgedAtOnce = 8;

    public async Task<bool> Sweep()
    {
        var now = Now;
        await ForgetUnconfirmedAsync(now);
        if (State.Account is null)
        {
            return false;
        }

        await FinishPending();
        var due = State.Files.Trashed.Values.Where(trashed => trashed.At + _retention.Trash <= now)
            .Take(PurgedAtOnce + 1).Select(trashed => trashed.File.File).ToList();
        var purged = due.Take(PurgedAtOnce).ToList();
        foreach (var file in purged)
        {
            await NotePendingAsync();
            await ChangeAsync(now, state => FileDecisions.Remove(state, file));
        }

        await Task.WhenAll(purged.Select(file => FinishRemovalAsync(file, now)));
        return due.Count > purged.Count;
    }

    /// <remarks>No send is announced beside this call, and one is announced before its content is stored: so what is referred to by nothing when
    /// it is looked at here never becomes a version, and is not somebody's who sends it again either.</remarks>
    public async Task DeleteUnreferred(IReadOnlyList<UploadId> contents, bool areStaged)
    {
        if (State.Account is null)
        {
            return; // all its content goes together
        }

        var unreferred = contents.Where(content => !IsReferred(content)).Select(upload => ContentBlob.NameOf(_account, upload)).ToList();
        if (unreferred.Count > 0)
        {
            await RequireLatestAsync(); // what was stored through another activation was announced to that one
            await Guard.RunAllAsync("content", unreferred, areStaged ? _content.AbandonAsync : _content.DeleteAsync);
        }
    }

    public Task<IReadOnlyList<UploadId>> GetSurplus(FileId file) => Task.FromResult<IReadOnlyList<UploadId>>(
        State.Files.Surplus.TryGetValue(file, out var uploads) ? uploads : []);

    public Task<IReadOnlyList<UploadId>> GetUnreferred(IReadOnlyList<UploadId> contents) =>
        Task.FromResult<IReadOnlyList<UploadId>>([.. contents.Where(content => !IsReferred(content))]);

    /// <summary>After new versions: those beyond what is kept go.</summary>
    private async Task TrimAsync(IEnumerable<FileId> files, DateTimeOffset now)
    {
        foreach (var file in files.Distinct())
        {
            await ChangeAsync(now, state => FileDecisions.Trim(state, file, _retention.Versions));
            if (State.Files.Surplus.ContainsKey(file))
            {
                await FinishTrimAsync(file, now);
            }
        }
    }

    /// <summary>The versions' events and content, then the note that they are gone.</summary>
    private async Task FinishTrimAsync(FileId file, DateTimeOffset now)
    {
        try
        {
            if ((await File(file).RemoveSurplus(_account)).Succeeded(out _, out _))
            {
                await ChangeAsync(now, state => FileDecisions.FinishTrim(state, file));
                _notBefore.Remove(file);
            }
        }
        catch (Exception e) when (IsUnknownOutcome(e))
        {
            // The new version is stored and listed; what is left to delete is deleted before the list is next read or changed.
            Postpone(file, e, now);
        }
    }

    private bool IsReferred(UploadId upload) =>
        State.Files.Refers(upload) || State.Sends.Open.ContainsKey(upload) || State.Sends.Refers(upload);
}

using Vault.Grains.Interfaces;
using Vault.Protocol;
using Vault.Storage;

namespace Vault.Grains.Users;

/// <content>What is over: files whose time in the trash has passed, versions beyond those that are kept, sends that nobody ended.</content>
internal sealed partial class UserGrain
{
    public async Task Sweep()
    {
        var now = Now;
        await ForgetUnconfirmedAsync(now);
        if (State.Account is null)
        {
            return;
        }

        await FinishPending();
        foreach (var file in State.Files.Trashed.Values.Where(trashed => trashed.At + _retention.Trash <= now).ToList())
        {
            await NotePendingAsync();
            await ChangeAsync(now, state => FileDecisions.Remove(state, file.File.File));
            await FinishRemovalAsync(file.File.File, now);
        }

        await DeleteOrphansAsync();
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

    /// <summary>
    /// Content that no version has and no open send can give one, whole or in parts: of sends that expired, were released or were refused. A
    /// send is announced before its content is stored, so what is not announced when it is looked at never becomes a version.
    /// </summary>
    private async Task DeleteOrphansAsync()
    {
        var folder = BlobName.Create(_account.ToString());
        var orphans = await Guard.ReplayAsync($"content {folder}", async cancellation =>
        {
            var found = new List<(BlobName Name, bool IsWhole)>();
            await foreach (var entry in _content.ListAsync(folder, cancellation))
            {
                if (IsOrphan(entry.Name))
                {
                    found.Add((entry.Name, true));
                }
            }

            await foreach (var name in _content.ListStagedAsync(folder, cancellation))
            {
                if (IsOrphan(name))
                {
                    found.Add((name, false));
                }
            }

            return found;
        });
        foreach (var (name, isWhole) in orphans.Where(orphan => IsOrphan(orphan.Name)))
        {
            await Guard.RunAsync($"content {name}", cancellation =>
                isWhole ? _content.DeleteAsync(name, cancellation) : _content.AbandonAsync(name, cancellation));
        }
    }

    private bool IsOrphan(BlobName name) => ContentName.TryReadUpload(name.ToString(), out var upload) && !IsReferred(upload);

    private bool IsReferred(UploadId upload) =>
        State.Files.Refers(upload) || State.Sends.Open.ContainsKey(upload) || State.Sends.Refers(upload);
}

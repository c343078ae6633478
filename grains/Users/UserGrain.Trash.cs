using Vault.Grains.Interfaces;
using Vault.Protocol;

namespace Vault.Grains.Users;

/// <content>The trash, and other names.</content>
internal sealed partial class UserGrain
{
    // Files that are taken from everybody, and not in the trash yet: a grant that comes in between is refused.
    private readonly HashSet<FileId> _trashing = [];

    public async Task<Outcome<Done>> TrashFile(SessionKey session, FileId file)
    {
        var now = Now;
        if (Deny(session, AccessRight.Change, now) is { } denied)
        {
            return denied;
        }

        // Each open send of it may have become a version; one that ended unasked would have its content taken for an orphan's.
        _unsettled.UnionWith(FileDecisions.SendsFor(State, file));
        await SettleAsync(now);
        if (State.Files.Trashed.ContainsKey(file))
        {
            return Done.Value;
        }

        if (FileDecisions.SendsFor(State, file).Any(_unsettled.Contains))
        {
            return Unavailable();
        }

        if (State.Files.Find(file) is null)
        {
            return NoFile();
        }

        _trashing.Add(file);
        try
        {
            // First of all: whoever had it must not find it in the trash, whatever happens in between.
            if (!(await File(file).RevokeAll(new Caller(_account, session))).Succeeded(out _, out var problem))
            {
                return problem;
            }

            await ChangeAsync(now, state => FileDecisions.Trash(state, file, now));
            return Done.Value;
        }
        finally
        {
            _trashing.Remove(file);
        }
    }

    public Task<bool> MayShare(FileId file) => Task.FromResult(State.Files.Find(file) is not null && !_trashing.Contains(file));

    public async Task<Outcome<Done>> RestoreFile(SessionKey session, FileId file)
    {
        var now = Now;
        if (Deny(session, AccessRight.Change, now) is { } denied)
        {
            return denied;
        }

        await SettleAsync(now);
        return await ChangeAsync(now, state => FileDecisions.Restore(state, file)) is { } refusal ? refusal : Done.Value;
    }

    public async Task<Outcome<FileListPage>> ListTrash(SessionKey session, FileId? after, int limit)
    {
        var now = Now;
        if (Deny(session, AccessRight.Read, now) is { } denied)
        {
            return denied;
        }

        if (limit is < 1 or > FileListPage.MaxLimit)
        {
            return Invalid($"A page has 1 to {FileListPage.MaxLimit} files.");
        }

        await SettleAsync(now);
        return State.Files.TrashPage(after, limit);
    }

    public async Task<Outcome<FileEntry>> RenameFile(SessionKey session, FileId file, RenameFileRequest request)
    {
        var now = Now;
        if (Deny(session, AccessRight.Change, now) is { } denied)
        {
            return denied;
        }

        await NotePendingAsync();
        await SettleAsync(now);
        var key = State.Account?.Profile.Verify()?.SigningKey ?? [];
        if (await ChangeAsync(now, state => RenameDecisions.Rename(state, _account, file, request, key)) is { } refusal)
        {
            return refusal;
        }

        if (State.Files.Renaming.TryGetValue(file, out var renamed) && !await FinishRenameAsync(renamed, now))
        {
            return Unavailable();
        }

        return State.Files.Find(file) is { } listed ? listed.ToEntry() : NoFile();
    }

    /// <summary>The name that recipients see, which is in the file's stream; then the note that it is there.</summary>
    private async Task<bool> FinishRenameAsync(FileRenamed renamed, DateTimeOffset now)
    {
        try
        {
            var revised = await File(renamed.File).Revise(
                _account, new RenameFileRequest(renamed.NameTag.ToArray(), renamed.OwnerMetadata, renamed.Metadata, renamed.Signed));

            // Refused: a newer version has a name of its own, and this one's is of no more interest.
            await ChangeAsync(now, state => RenameDecisions.Finish(state, renamed));
            _notBefore.Remove(renamed.File);
            return revised.Succeeded(out _, out _);
        }
        catch (Exception e) when (IsUnknownOutcome(e))
        {
            Postpone(renamed.File, e, now);
            return false;
        }
    }
}

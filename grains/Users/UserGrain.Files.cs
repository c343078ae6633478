using Vault.Grains.Interfaces;
using Vault.Protocol;

namespace Vault.Grains.Users;

/// <content>The owner's list.</content>
internal sealed partial class UserGrain
{
    public async Task<Outcome<FileListPage>> ListFiles(SessionKey session, FileId? after, int limit)
    {
        var now = Now;
        if (Deny(session, AccessRight.Read, now) is { } refusal)
        {
            return refusal;
        }

        if (limit is < 1 or > FileListPage.MaxLimit)
        {
            return Invalid($"A page has 1 to {FileListPage.MaxLimit} files.");
        }

        await SettleAsync(now);
        return State.Files.Page(after, limit);
    }

    public async Task<Outcome<FileListPage>> FindFile(SessionKey session, byte[] nameTag)
    {
        var now = Now;
        if (Deny(session, AccessRight.Read, now) is { } refusal)
        {
            return refusal;
        }

        if (!NameTag.TryRead(nameTag, out var tag))
        {
            return Invalid("A name tag has 32 bytes.");
        }

        await SettleAsync(now);
        return new FileListPage(State.Files.Find(tag) is { } file ? [file.ToEntry()] : [], null);
    }

    public async Task<Outcome<Done>> RemoveFile(SessionKey session, FileId file)
    {
        var now = Now;
        if (Deny(session, AccessRight.Change, now) is { } refusal)
        {
            return refusal;
        }

        await NotePendingAsync();
        await SettleAsync(now);
        await ChangeAsync(now, state => FileDecisions.Remove(state, file));
        return await FinishRemovalAsync(file, now);
    }

    public Task<bool> IsRemoving(FileId file) => Task.FromResult(State.Files.Removing.Contains(file));
}

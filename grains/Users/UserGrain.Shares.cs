using Vault.Grains.Interfaces;
using Vault.Protocol;

namespace Vault.Grains.Users;

/// <content>
/// Shares, given and received. Who has a file is in the file's stream alone; this account's says which files to ask. It is
/// written before the file's, so a crash in between leaves a question too many, which the next list answers.
/// </content>
internal sealed partial class UserGrain
{
    private const int ParallelAsks = 32;

    public async Task<Outcome<GrantSharesReply>> GrantShares(SessionKey session, FileId file, GrantSharesRequest request)
    {
        var now = Now;
        if (await FindOwnAsync(session, AccessRight.Change, file, now) is { } refused)
        {
            return refused;
        }

        await NoteSharedAsync(file, now);
        return await File(file).Grant(new Caller(_account, session), request);
    }

    public async Task<Outcome<Done>> RevokeShare(SessionKey session, FileId file, AccountId recipient) =>
        await FindOwnAsync(session, AccessRight.Change, file, Now) is { } refused
            ? refused
            : await File(file).Revoke(new Caller(_account, session), recipient);

    public async Task<Outcome<FileSharesReply>> GetFileShares(SessionKey session, FileId file, bool targetOnly)
    {
        if (await FindOwnAsync(session, AccessRight.Read, file, Now) is { } refused)
        {
            return refused;
        }

        var shares = await File(file).GetShares(new Caller(_account, session), targetOnly);
        return shares.Succeeded(out var reply, out var problem) ? (await NameAsync([reply]))[0] : problem;
    }

    public async Task<Outcome<GivenSharesPage>> ListGiven(SessionKey session, FileId? after, int limit)
    {
        var now = Now;
        if (Deny(session, AccessRight.Read, now) is { } refusal)
        {
            return refusal;
        }

        if (limit is < 1 or > GivenSharesPage.MaxLimit)
        {
            return Invalid($"A page has 1 to {GivenSharesPage.MaxLimit} files.");
        }

        await SettleAsync(now);
        var (page, hasMore) = State.Shares.PageGiven(after, limit);
        var caller = new Caller(_account, session);
        var answers = await AskAllAsync(page, file => File(file).GetShares(caller));
        var given = new List<FileSharesReply>();
        var (asked, count) = (0, 0);
        while (asked < answers.Length && count < GivenSharesPage.ManyShares)
        {
            if (answers[asked++].Succeeded(out var shares, out var problem))
            {
                // Without any, everybody has lost it again, or the grant was never stored.
                if (shares.Shares.Count > 0)
                {
                    given.Add(shares);
                    count += shares.Shares.Count;
                }
            }
            else if (problem.Code != ErrorCode.NotFound)
            {
                return problem;
            }
        }

        return new GivenSharesPage(
            await NameAsync(given), hasMore || asked < answers.Length ? page[asked - 1] : null);
    }

    public async Task<Outcome<ReceivedSharesPage>> ListReceived(SessionKey session, FileId? after, int limit)
    {
        var now = Now;
        if (Deny(session, AccessRight.Read, now) is { } refusal)
        {
            return refusal;
        }

        if (limit is < 1 or > ReceivedSharesPage.MaxLimit)
        {
            return Invalid($"A page has 1 to {ReceivedSharesPage.MaxLimit} shares.");
        }

        var (page, hasMore) = State.Shares.PageReceived(after, limit);
        var caller = new Caller(_account, session);
        var answers = await AskAllAsync(page, share => AskReceivedAsync(share, caller));
        var received = new List<ReceivedShare>(page.Count);
        var gone = new List<AnnouncedShare>();
        foreach (var (share, answer) in page.Zip(answers))
        {
            if (answer.Succeeded(out var found, out var problem))
            {
                received.Add(found);
            }
            else if (problem.Code == ErrorCode.NotFound)
            {
                gone.Add(share);
            }
            else
            {
                return problem;
            }
        }

        await ChangeAsync(now, state => ShareDecisions.Forget(state, gone));
        var owners = received.Select(share => share.Owner).Distinct().ToList();
        var profiles = await AskAllAsync(owners, owner => User(owner).GetProfile());
        return new ReceivedSharesPage(
            received, [.. owners.Zip(profiles).Where(pair => pair.Second.Value is not null)
                .Select(pair => new ProfileReply(pair.First, pair.Second.Value!))], // not null: see the line above
            hasMore ? page[^1].File : null);
    }

    public async Task<Outcome<Done>> AnnounceShare(FileId file, long number) =>
        await ChangeAsync(Now, state => ShareDecisions.Announce(state, file, number)) is { } refusal
            ? refusal
            : Done.Value;

    /// <summary>The share, or that there is none, which is final: no grant of it was under way.</summary>
    private async Task<Outcome<ReceivedShare>> AskReceivedAsync(AnnouncedShare share, Caller caller)
    {
        while (true)
        {
            var answer = await File(share.File).GetReceived(caller);
            if (answer.Problem?.Code != ErrorCode.NotFound || !await File(share.File).IsSharedWith(_account))
            {
                return answer;
            }
        }
    }

    /// <summary>Whether a file is in this account's list; settles first, so that the newest version is in it.</summary>
    private async Task<Problem?> FindOwnAsync(SessionKey session, AccessRight right, FileId file, DateTimeOffset now)
    {
        if (Deny(session, right, now) is { } refusal)
        {
            return refusal;
        }

        await SettleAsync(now);
        return State.Files.Find(file) is null ? NoFile() : null;
    }

    private Task<Problem?> NoteSharedAsync(FileId file, DateTimeOffset now) =>
        ChangeAsync(now, state => ShareDecisions.NoteShared(state, file));

    /// <summary>The same with the recipients' profiles as they are published now.</summary>
    private async Task<IReadOnlyList<FileSharesReply>> NameAsync(IReadOnlyList<FileSharesReply> files)
    {
        var accounts = files.SelectMany(file => file.Shares, (_, share) => share.Recipient).Distinct().ToList();
        var answers = await AskAllAsync(accounts, account => User(account).GetProfile());
        var profiles = accounts.Zip(answers).ToDictionary(pair => pair.First, pair => pair.Second.Value);
        return [.. files.Select(file => file with
        {
            Shares = [.. file.Shares.Select(share => share with { Profile = profiles[share.Recipient] })],
        })];
    }

    private static async Task<TAnswer[]> AskAllAsync<T, TAnswer>(IReadOnlyList<T> of, Func<T, Task<TAnswer>> ask)
    {
        using var turns = new SemaphoreSlim(ParallelAsks);
        return await Task.WhenAll(of.Select(AskAsync));

        async Task<TAnswer> AskAsync(T one)
        {
            await turns.WaitAsync();
            try
            {
                return await ask(one);
            }
            finally
            {
                turns.Release();
            }
        }
    }

    private IUserGrain User(AccountId account) => GrainFactory.GetGrain<IUserGrain>(account.ToString());
}

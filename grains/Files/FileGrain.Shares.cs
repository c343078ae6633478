using Vault.Grains.EventSourcing;
using Vault.Grains.Interfaces;
using Vault.Protocol;

namespace Vault.Grains.Files;

/// <content>Who has the file besides its owner.</content>
/// <remarks>
/// This stream alone decides who has the file. A recipient's grain only remembers where to ask, and is told before the grant
/// is stored here: after a crash in between it asks, learns that there is no share, and forgets.
/// </remarks>
internal sealed partial class FileGrain
{
    private const int ParallelCalls = 32;

    public async Task<Outcome<GrantSharesReply>> Grant(Caller owner, GrantSharesRequest request)
    {
        var now = Now;
        if (await CheckOwnerAsync(owner, AccessRight.Change) is { } refused)
        {
            return refused;
        }

        // Asked in this grain's turn: a file that goes to the trash has all its shares revoked here, before this grant or after it.
        if (!await User(owner.Account).MayShare(_file))
        {
            return NotFound();
        }

        if (request.Grants.Count is < 1 or > GrantSharesRequest.MaxGrants)
        {
            return Invalid($"A request has 1 to {GrantSharesRequest.MaxGrants} grants.");
        }

        var key = await SigningKeyAsync(owner.Account);
        if (!(await ReadGrantsAsync(owner.Account, key, new VersionShares(request.Grants, [])))
            .Succeeded(out var grants, out var malformed))
        {
            return malformed;
        }

        if (GrantDecisions.Grant(State, grants.Grants, request, grants.Blob, now).Event is not null
            && await PrepareAsync(owner.Account, grants, now) is { } full)
        {
            return full;
        }

        if (await ChangeSharesAsync(
            owner.Account, now, state => GrantDecisions.Grant(state, grants.Grants, request, grants.Blob, now), grants.Blob) is { } refusal)
        {
            return refusal;
        }

        // Stored now or before: found either way, by the command.
        return State.Shares.Commands.Find(done => done.Command == request.Command) is { } done
            ? done.ToReply(_file)
            : NotFound();
    }

    public async Task<Outcome<Done>> Revoke(Caller owner, AccountId recipient)
    {
        var now = Now;
        if (await CheckOwnerAsync(owner, AccessRight.Change) is { } refused)
        {
            return refused;
        }

        await ChangeSharesAsync(owner.Account, now, state => GrantDecisions.Revoke(state, recipient, now));
        return Done.Value;
    }

    public async Task<Outcome<Done>> EndShare(AccountId recipient)
    {
        var now = Now;
        if (await HasAccountAsync(recipient))
        {
            return NotFound();
        }

        if (State.Owner is { } owner)
        {
            await ChangeSharesAsync(owner, now, state => GrantDecisions.Revoke(state, recipient, now));
        }

        return Done.Value;
    }

    public async Task<Outcome<Done>> RevokeAll(Caller owner)
    {
        var now = Now;
        if (await CheckOwnerAsync(owner, AccessRight.Change) is { } refused)
        {
            return refused;
        }

        await ChangeSharesAsync(owner.Account, now, state => GrantDecisions.RevokeAll(state, now));
        return Done.Value;
    }

    public async Task<Outcome<Done>> DeleteGrants(AccountId owner, string blob)
    {
        // No grant is under way beside this call: what the stream does not name now, no event of this activation's will.
        if ((State.Owner ?? owner) == owner && !State.Shares.IsIn(blob))
        {
            await RequireLatestAsync();
            await DeleteGrantsAsync(owner, [blob]);
        }

        return Done.Value;
    }

    public async Task<Outcome<FileSharesReply>> GetShares(Caller owner, bool targetOnly)
    {
        if (await CheckOwnerAsync(owner, AccessRight.Read) is { } refused)
        {
            return refused;
        }

        using var turns = new SemaphoreSlim(ParallelCalls);
        while (true)
        {
            var state = State;
            if (state.NextGrant is not { } target)
            {
                return NotFound();
            }

            if (targetOnly)
            {
                return new FileSharesReply(_file, target, []);
            }

            // As they were signed: the owner's client believes its own signature, not this server.
            var shares = state.Shares.Live(Now);
            var grants = await Task.WhenAll(shares.Select(share => ReadGrantAsync(owner.Account, share, turns)));
            if (!grants.Contains(null))
            {
                return new FileSharesReply(_file, target, [.. shares.Zip(grants, (share, grant) =>
                    new GivenShare(share.Grant.Recipient, null, grant!.Grant, share.GrantedAt))]); // none is null: see above
            }

            RequireNewer(state);
        }
    }

    public async Task<Outcome<LossEntry>> GetLoss(AccountId recipient, SignInOrigin origin) =>
        await User(recipient).IsResetting(origin) && State.Shares.Find(recipient, Now) is { } share
        && State.Find(share.Version) is { Stored: var stored }
            ? new LossEntry(_file, IsReceived: true, stored.Header.Length + stored.PayloadLength, stored.StoredAt)
            : NotFound();

    public async Task<Outcome<ReceivedShare>> GetReceived(Caller recipient)
    {
        if (!(await User(recipient.Account).Authorise(recipient.SessionKey, AccessRight.Read)).Succeeded(out _, out var problem))
        {
            return problem;
        }

        if (await ReadShareAsync(recipient.Account) is not (var share, var version, var given, _))
        {
            return NotFound();
        }

        return new ReceivedShare(
            version.Stored.Owner, _file, version.Stored.Version, given.Grant, given.Header, version.Metadata, version.Stored.Manifest,
            version.Stored.StoredAt, share.GrantedAt, version.Revised?.Signed);
    }

    public async Task<bool> IsSharedWith(AccountId recipient) =>
        State.Shares.Find(recipient, Now) is not null && await HasAccountAsync(State.Owner);

    private static Problem Invalid(string detail) => new(ErrorCode.InvalidRequest, detail);

    private async Task<Problem?> CheckOwnerAsync(Caller owner, AccessRight right)
    {
        if (!(await User(owner.Account).Authorise(owner.SessionKey, right)).Succeeded(out _, out var problem))
        {
            return problem;
        }

        return State.Owner == owner.Account && State.Erased is null ? null : NotFound();
    }

    private async Task<byte[]> SigningKeyAsync(AccountId owner) =>
        (await User(owner).GetProfile()).Succeeded(out var signed, out _) && signed.Verify() is { } profile
            ? profile.SigningKey
            : throw Guard.Damaged($"profile of account {owner}");

    private async Task<Outcome<FileVersionReply>> GetReceivedVersionAsync(AccountId recipient, int version)
    {
        if (await ReadShareAsync(recipient) is not (_, var found, var given, var profile)
            || (version != 0 && version != found.Stored.Version))
        {
            return NotFound();
        }

        var stored = found.Stored;
        return new FileVersionReply(
            stored.Owner, _file, stored.Version, given.Header, stored.PartHashes, null, found.Metadata,
            stored.Manifest, stored.StoredAt, new ReceivedGrant(given.Grant, profile), Revised: found.Revised?.Signed);
    }

    /// <summary>The share, the version that it is of, the grant as it was signed, and the owner's profile; null where there is none, or
    /// the owner's account is closed.</summary>
    private async Task<(FileShare Share, StoredVersion Version, ShareGrant Given, SignedProfile Owner)?> ReadShareAsync(AccountId recipient)
    {
        while (true)
        {
            var state = State;
            if (state.Owner is not { } owner || state.Shares.Find(recipient, Now) is not { } share
                || state.Find(share.Version) is not { } version
                || !(await User(owner).GetProfile()).Succeeded(out var profile, out _))
            {
                return null;
            }

            if (await ReadGrantAsync(owner, share) is { } given)
            {
                return (share, version, given, profile);
            }

            RequireNewer(state);
        }
    }

    // Read while a new version came in: its grants take the place of those that are gone. Otherwise they must be there.
    private void RequireNewer(FileState read)
    {
        if (State == read)
        {
            throw Guard.Damaged($"grants of file {_file}");
        }
    }

    /// <summary>A grant as it was signed; null where it is not in the store, or damaged.</summary>
    private async Task<ShareGrant?> ReadGrantAsync(AccountId owner, FileShare share, SemaphoreSlim? turns = null)
    {
        await (turns?.WaitAsync() ?? Task.CompletedTask);
        try
        {
            var name = GrantBlob.NameOf(owner, share.Blob);
            var bytes = await Guard.RunAsync($"grants {name}", cancellation =>
                GrantBlob.ReadAsync(content, name, share.Grant.Offset, share.Grant.Length, cancellation));
            return bytes is null ? null : GrantBlob.Read(share.Grant, bytes);
        }
        finally
        {
            turns?.Release();
        }
    }

    /// <summary>Checks what can be checked of grants without the file's state, and asks for the recipients' profiles.</summary>
    private async Task<Outcome<VersionGrants>> ReadGrantsAsync(AccountId owner, byte[] signingKey, VersionShares shares)
    {
        if (shares.Grants.Count > GrantSharesRequest.MaxShares || shares.Dropped.Count > GrantSharesRequest.MaxShares)
        {
            return Invalid($"A file can be given to {GrantSharesRequest.MaxShares} people at most.");
        }

        if (!GrantDecisions.TryRead(shares.Grants, signingKey, out var read, out var problem))
        {
            return problem;
        }

        using var turns = new SemaphoreSlim(ParallelCalls);
        var profiles = await Task.WhenAll(read.Select(grant => ProfileAsync(grant.Grant.Recipient, turns)));
        return new VersionGrants(
            new GiveShares(
                _file, owner, read,
                profiles.OfType<KeyValuePair<AccountId, byte[]>>().ToDictionary(pair => pair.Key, pair => pair.Value)),
            GrantBlob.Of(read));
    }

    private async Task<KeyValuePair<AccountId, byte[]>?> ProfileAsync(AccountId account, SemaphoreSlim turns)
    {
        await turns.WaitAsync();
        try
        {
            return (await User(account).GetProfile()).Succeeded(out var profile, out _)
                ? KeyValuePair.Create(account, profile.Hash())
                : null;
        }
        finally
        {
            turns.Release();
        }
    }

    /// <summary>
    /// What has to be in the store before the event is: the headers, and in each new recipient's stream that there may be
    /// something to ask this file for. Left alone it is garbage; an event without it would be a loss.
    /// </summary>
    private async Task<Problem?> PrepareAsync(AccountId owner, VersionGrants grants, DateTimeOffset now)
    {
        if (grants.Grants.Grants.Count == 0)
        {
            return null;
        }

        var name = GrantBlob.NameOf(owner, grants.Blob.Hash);
        await Guard.RunAsync(
            $"grants {name}", cancellation => content.CreateAsync(name, grants.Blob.Content, cancellation));
        using var turns = new SemaphoreSlim(ParallelCalls);
        var announced = await Task.WhenAll(grants.Grants.Grants
            .Where(grant => State.Shares.Find(grant.Grant.Recipient, now) is null)
            .Select(grant => AnnounceAsync(grant.Grant, turns)));
        var refused = announced.FirstOrDefault(problem => problem is not null);
        if (refused is not null && !State.Shares.IsIn(grants.Blob.Hash))
        {
            await DeleteGrantsAsync(owner, [grants.Blob.Hash]);
        }

        return refused;
    }

    private async Task<Problem?> AnnounceAsync(Grant grant, SemaphoreSlim turns)
    {
        await turns.WaitAsync();
        try
        {
            return (await User(grant.Recipient).AnnounceShare(_file, grant.Number)).Problem;
        }
        finally
        {
            turns.Release();
        }
    }

    /// <summary>Decides, and deletes what nobody's share is in any more: after the event, so that whoever reads it meanwhile finds newer
    /// grants. What a crash in between leaves the sweep finds.</summary>
    /// <param name="prepared">Grants that were stored for what is decided.</param>
    private async Task<Problem?> ChangeSharesAsync(
        AccountId owner, DateTimeOffset now, Func<FileState, Decision<FileEvent>> decide, GrantBlob? prepared = null)
    {
        var stored = State.Shares.Blobs;
        var refusal = await ChangeAsync(now, decide);
        if (prepared is { Grants.Count: > 0 })
        {
            stored = stored.Add(prepared.Hash);
        }

        await DeleteGrantsAsync(owner, [.. stored.Except(State.Shares.Blobs)]);
        return refusal;
    }

    private Task DeleteGrantsAsync(AccountId owner, IReadOnlyList<string> blobs) =>
        Guard.RunAllAsync("grants", blobs.Select(blob => GrantBlob.NameOf(owner, blob)), content.DeleteAsync);
}

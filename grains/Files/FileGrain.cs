using Microsoft.Extensions.DependencyInjection;
using Vault.Grains.EventSourcing;
using Vault.Grains.Interfaces;
using Vault.Protocol;
using Vault.Storage;

namespace Vault.Grains.Files;

/// <inheritdoc cref="IFileGrain" />
/// <remarks>In parts by idea: here versions, and Shares.</remarks>
internal sealed partial class FileGrain(
    IGrainContext context, EventSourcingServices services, VerifiedProfiles profiles, ActiveFiles active,
    [FromKeyedServices(BlobStores.Content)] IBlobStore content)
    : EventSourcedGrain<FileState, FileEvent>(context, FileState.Definition, services), IFileGrain
{
    // Contents that were deleted: a call that takes longer than its caller waits is made again, and goes on where the one before was.
    private readonly HashSet<BlobName> _deleted = [];

    private readonly FileId _file = FileId.TryParse(context.GrainId.Key.ToString(), out var file)
        ? file
        : throw new ArgumentException("The key of a file grain is a file id.", nameof(context));

    public Task<Outcome<StoredSend>> Commit(AccountId owner, ReserveSendRequest reservation, CommitSendRequest commit) =>
        StoreAsync(owner, reservation, commit, null);

    public async Task<Outcome<StoredSend>> CommitCopy(
        AccountId owner, ReserveSendRequest reservation, CommitSendRequest commit, CopySource source)
    {
        if (State.Find(commit.Upload) is not null)
        {
            return await StoreAsync(owner, reservation, commit, null); // stored already: the version that was copied may be gone
        }

        var found = source.File == _file ? Content(owner, source.Version) : await File(source.File).GetContent(owner, source.Version);
        if (!found.Succeeded(out var stored, out var missing))
        {
            return missing;
        }

        return stored.Upload == source.Content
            ? await StoreAsync(owner, reservation, commit with { PartHashes = stored.PartHashes }, stored)
            : throw Guard.Damaged($"version {source.Version} of file {source.File}");
    }

    public Task<Outcome<StoredContent>> GetContent(AccountId owner, int version) => Task.FromResult(Content(owner, version));

    private async Task<Outcome<StoredSend>> StoreAsync(
        AccountId owner, ReserveSendRequest reservation, CommitSendRequest commit, StoredContent? copied)
    {
        var now = Now;
        if (State.Find(commit.Upload) is null && await CheckContentAsync(owner, reservation, copied) is { } missing)
        {
            return missing;
        }

        if (!(await User(owner).GetProfile()).Succeeded(out var signed, out var unknown))
        {
            return unknown;
        }

        if (profiles.Verify(signed) is not { } profile)
        {
            throw Guard.Damaged($"profile of account {owner}");
        }

        VersionGrants? grants = null;
        if (commit.Shares is { } shares && State.Find(commit.Upload) is null)
        {
            if (!(await ReadGrantsAsync(owner, profile.SigningKey, shares)).Succeeded(out grants, out var malformed))
            {
                return malformed;
            }
        }

        var command = new StoreVersion(_file, owner, profile.SigningKey, reservation, commit, grants, copied);
        if (grants is not null && VersionDecisions.Store(State, command, now).Event is not null
            && await PrepareAsync(owner, grants, now) is { } full)
        {
            return full;
        }

        if (await ChangeSharesAsync(owner, now, state => VersionDecisions.Store(state, command, now), grants?.Blob) is { } refusal)
        {
            return refusal;
        }

        // Stored now or before: found either way, by the upload.
        return Answer(commit.Upload);
    }

    public Task<Outcome<StoredSend>> FindUpload(AccountId owner, UploadId upload) =>
        Task.FromResult(State.Owner == owner ? Answer(upload) : NotFound());

    public async Task<Outcome<FileVersionReply>> GetVersion(Caller caller, int version)
    {
        if (!(await User(caller.Account).Authorise(caller.SessionKey, AccessRight.Read)).Succeeded(out _, out var problem))
        {
            return problem;
        }

        if (State.Owner != caller.Account)
        {
            return await GetReceivedVersionAsync(caller.Account, version);
        }

        if (State.Find(version) is not { Stored: var stored } found)
        {
            return NotFound();
        }

        return new FileVersionReply(
            stored.Owner, _file, stored.Version, stored.Header, stored.PartHashes, found.OwnerMetadata, found.Metadata,
            stored.Manifest, stored.StoredAt, null, found.Naming, found.Revised?.Signed);
    }

    public async Task<Outcome<Done>> Name(Caller owner, NameFileRequest request)
    {
        var now = Now;
        if (!(await User(owner.Account).GetSession(owner.SessionKey)).Succeeded(out _, out var problem))
        {
            return problem;
        }

        if (State.Owner != owner.Account)
        {
            return NotFound();
        }

        if (!(await User(owner.Account).GetProfile()).Succeeded(out var signed, out var unknown))
        {
            return unknown;
        }

        var signingKey = (signed.Verify() ?? throw Guard.Damaged($"profile of account {owner.Account}")).SigningKey;
        return await ChangeAsync(now, state => VersionDecisions.Name(state, _file, owner.Account, signingKey, request, now)) is { } refusal
            ? refusal
            : Done.Value;
    }

    public async Task<Outcome<FileVersionsReply>> ListVersions(Caller owner) => await CheckOwnerAsync(owner, AccessRight.Read) is { } refused
        ? refused
        : new FileVersionsReply([.. State.Versions.Select(version => version.ToEntry(_file))]);

    public async Task<Outcome<Done>> Revise(AccountId owner, RenameFileRequest request)
    {
        var now = Now;
        if (State.Owner != owner || State.Erased is not null)
        {
            return NotFound();
        }

        var key = await SigningKeyAsync(owner);
        return await ChangeAsync(now, state => VersionDecisions.Revise(state, _file, request, key, now)) is { } refusal
            ? refusal
            : Done.Value;
    }

    public async Task<Outcome<Done>> RemoveSurplus(AccountId owner)
    {
        var now = Now;
        if (State.Owner != owner)
        {
            return NotFound();
        }

        var surplus = await User(owner).GetSurplus(_file);
        await ChangeAsync(now, state => VersionDecisions.Drop(state, surplus, now));

        await DeleteContentsAsync(
            owner, State.Replaced.Where(replaced => surplus.Contains(replaced.Upload)).Select(replaced => replaced.Content));
        return Done.Value;
    }

    public async Task<Outcome<FilePayload>> GetPayload(Caller caller, int version)
    {
        if (!(await User(caller.Account).Authorise(caller.SessionKey, AccessRight.Read)).Succeeded(out _, out var problem))
        {
            return problem;
        }

        var mayRead = State.Owner == caller.Account
            || (State.Shares.Find(caller.Account, Now) is { } share
                && (version == 0 || version == share.Version || share.Earlier.Contains(version))
                && await HasAccountAsync(State.Owner));
        return mayRead && State.Find(version) is { Stored: var stored } kept && kept.ToContent() is var found
            ? new FilePayload(stored.Owner, found.Upload, found.HeaderLength, found.PayloadLength)
            : NotFound();
    }

    public async Task<Outcome<Done>> Remove(AccountId owner)
    {
        var now = Now;
        if (State.Owner is { } actual && actual != owner)
        {
            return NotFound();
        }

        if (State.Erased is null)
        {
            if (!await User(owner).IsRemoving(_file))
            {
                return NotFound();
            }

            await ChangeAsync(now, state => VersionDecisions.Erase(state, now));
        }

        await DeleteContentsAsync(owner, State.Erased ?? []);
        await DeleteGrantsAsync(owner, [.. State.Shares.Blobs]);
        return Done.Value;
    }

    public async Task<Outcome<Done>> EraseClosed(AccountId owner)
    {
        if ((State.Owner is { } actual && actual != owner) || await HasAccountAsync(owner))
        {
            return NotFound();
        }

        await EraseStreamAsync(); // also one that reads as empty: a deletion that was cut off leaves such
        return Done.Value;
    }

    public async Task<Outcome<Done>> DeleteReplaced(AccountId owner, int version)
    {
        if (State.Owner != owner)
        {
            return NotFound();
        }

        await DeleteContentsAsync(
            owner, State.Replaced.Where(replaced => replaced.By == version).Select(replaced => replaced.Content));
        return Done.Value;
    }

    private static Problem NotFound() => new(ErrorCode.NotFound, "There is no such file.");

    private Outcome<StoredContent> Content(AccountId owner, int version) =>
        State.Owner == owner && State.Find(version) is { } found ? found.ToContent() : NotFound();

    /// <summary>
    /// Deletes what no version of the owner's refers to any more. After the event that made it so, and again after a failure: what is
    /// deleted already is no error. The last of several files that refer to a content finds nobody else, and deletes it.
    /// </summary>
    private async Task DeleteContentsAsync(AccountId owner, IEnumerable<UploadId> contents)
    {
        var gone = contents.Distinct().Where(upload => !_deleted.Contains(ContentBlob.NameOf(owner, upload))).ToList();
        if (gone.Count == 0)
        {
            return;
        }

        var names = (await User(owner).GetUnreferred(gone)).Select(upload => ContentBlob.NameOf(owner, upload));
        await Guard.RunAllAsync("content", names, async (name, cancellation) =>
        {
            await content.DeleteAsync(name, cancellation);
            _deleted.Add(name);
        });
    }

    private async Task<Problem?> CheckContentAsync(AccountId owner, ReserveSendRequest reservation, StoredContent? copied)
    {
        // Content first, event second: an event without its content would be a loss.
        var name = ContentBlob.NameOf(owner, copied?.Upload ?? reservation.Upload);
        var length = await Guard.RunAsync(
            $"content {name}", cancellation => content.LengthAsync(name, cancellation));
        return length == (copied?.HeaderLength ?? reservation.HeaderLength) + reservation.PayloadLength
            ? null
            : new Problem(ErrorCode.InvalidRequest, "The content of this send is not stored as it was announced.");
    }

    private Outcome<StoredSend> Answer(UploadId upload) =>
        State.Find(upload) is { } version ? version.ToStoredSend(_file) : NotFound();

    /// <summary>Whether a person has an account, still: what a closed one gave has ended with it.</summary>
    private async Task<bool> HasAccountAsync(AccountId? account) =>
        account is { } person && (await User(person).GetProfile()).Succeeded(out _, out _);

    private IFileGrain File(FileId file) => GrainFactory.GetGrain<IFileGrain>(file.ToString());

    private IUserGrain User(AccountId account) => GrainFactory.GetGrain<IUserGrain>(account.ToString());
}

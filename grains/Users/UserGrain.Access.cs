using System.Security.Cryptography;
using Vault.Grains.Interfaces;
using Vault.Grains.SignIn;
using Vault.Protocol;

namespace Vault.Grains.Users;

/// <content>Access keys: connections that prove one need no login. Each command says what it needs, and asks here.</content>
internal sealed partial class UserGrain
{
    // Since a person last proved the password: a session left open on a machine must not make keys that outlive it.
    private static readonly TimeSpan FreshFor = TimeSpan.FromMinutes(10);

    public Task<Outcome<Done>> Authorise(SessionKey session, AccessRight right) => Task.FromResult<Outcome<Done>>(
        Deny(session, right, Now) is { } refusal ? refusal : Done.Value);

    public async Task<Outcome<AccessReply>> GetAccess(SessionKey session, ClientAddress address)
    {
        var now = Now;
        if (State.Account is not { } account || State.AccessKeys.Find(session, now) is not { } key)
        {
            return NotAuthenticated();
        }

        var box = await _desk.Blobs.ReadAsync(_account, AccountBlob.AccessKeys, 1, key.SealedHash);
        await ChangeAsync(now, state => AccessDecisions.Use(state, session, address.Text, now));
        return new AccessReply(_account, account.Email, key.Id, key.Scope, box, account.Profile, key.ExpiresAt);
    }

    public Task<Outcome<AccessKeysReply>> ListAccessKeys(SessionKey session) => Task.FromResult<Outcome<AccessKeysReply>>(
        DenyManaging(session, Now) is { } refusal
            ? refusal
            : new AccessKeysReply([.. State.AccessKeys.ByKey.Values.OrderBy(key => key.CreatedAt).Select(key => key.ToEntry())]));

    public async Task<Outcome<Done>> AddAccessKey(SessionKey session, NewAccessKeyRequest request)
    {
        var now = Now;
        if ((DenyManaging(session, now) ?? RequireFresh(session, now)) is { } refusal)
        {
            return refusal;
        }

        if (request.Name.Length is < 1 or > NewAccessKeyRequest.MaxNameLength || request.Name.Any(char.IsControl)
            || request.SealedKeys.Length is < 1 or > NewAccessKeyRequest.MaxSealedLength
            || !SessionKey.TryRead(request.PublicKey, out var key) || !Enum.IsDefined(request.Scope)
            || request.ExpiresAt <= now || request.ExpiresAt > now.AddYears(NewAccessKeyRequest.MaxYears))
        {
            return Invalid("The access key's name, keys or end are out of range.");
        }

        var added = new AccessKeyAdded(
            request.Key, key, request.Name, request.Scope, SHA256.HashData(request.SealedKeys), now, request.ExpiresAt);
        if (AccessDecisions.Add(State, added).Event is not null)
        {
            // Blob first, event second.
            await _desk.Blobs.PutAsync(_account, AccountBlob.AccessKeys, 1, request.SealedKeys);
        }

        return await ChangeAsync(now, state => AccessDecisions.Add(state, added)) is { } conflict ? conflict : Done.Value;
    }

    public async Task<Outcome<Done>> RemoveAccessKey(SessionKey session, AccessKeyId id)
    {
        var now = Now;
        if (DenyManaging(session, now) is { } refusal)
        {
            return refusal;
        }

        var removed = State.AccessKeys.Find(id);
        await ChangeAsync(now, state => AccessDecisions.Remove(state, id));
        if (removed is not null)
        {
            // After the event: whoever copied the key's file and never used it gets nothing for it any more.
            await _desk.Blobs.DeleteAsync(_account, AccountBlob.AccessKeys, 1, removed.SealedHash);
        }

        return Done.Value;
    }

    /// <summary>Why a command is refused to the key that it comes with; null where it is not.</summary>
    private Problem? Deny(SessionKey session, AccessRight right, DateTimeOffset now)
    {
        if (IsRunning(session, now))
        {
            return null;
        }

        if (State.AccessKeys.Find(session, now) is not { } key)
        {
            return NotAuthenticated();
        }

        return key.Allows(right) ? null : AccessDecisions.NotInScope(key);
    }

    /// <summary>The account itself is for sessions only, whatever an access key's scope.</summary>
    private Problem? DenyManaging(SessionKey session, DateTimeOffset now)
    {
        if (IsRunning(session, now))
        {
            return null;
        }

        return State.AccessKeys.Find(session, now) is null
            ? NotAuthenticated()
            : new Problem(ErrorCode.NotPermitted, "An access key cannot change the account. Log in with the password.");
    }

    private Problem? RequireFresh(SessionKey session, DateTimeOffset now) =>
        State.Sessions.Find(session, now) is { } running && running.StartedAt + FreshFor > now
            ? null
            : new Problem(ErrorCode.NotPermitted, "This needs the password again: log in anew.");
}

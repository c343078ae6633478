using System.Security.Cryptography;
using Vault.Grains.Interfaces;
using Vault.Grains.SignIn;
using Vault.Protocol;

namespace Vault.Grains.Users;

/// <content>Whom this account knows: profiles of others, and the contacts that its client keeps sealed.</content>
internal sealed partial class UserGrain
{
    public async Task<Outcome<ProfileReply>> FindProfile(SessionKey session, FindProfileRequest request)
    {
        var now = Now;
        if (Deny(session, AccessRight.Read, now) is { } refusal)
        {
            return refusal;
        }

        if (!EmailAddress.TryParse(request.Email, out var address))
        {
            return NoAddress();
        }

        if (!_lookups.TryTake(now, out var wait))
        {
            return new Problem(
                ErrorCode.TooManyRequests, "Too many people were looked up. Wait, then go on.",
                RetryAfterSeconds: (int)Math.Ceiling(wait.TotalSeconds));
        }

        // The counter lives in this activation, so the activation lives as long as there is something counted.
        DelayDeactivation(_lookups.FullAt - now);
        var account = await _desk.Addresses.ResolveAsync(address);
        return (await User(account).GetProfile()).Succeeded(out var profile, out _)
            ? new ProfileReply(account, profile)
            : new Problem(ErrorCode.NotFound, "Nobody has an account with this e-mail address.");
    }

    public async Task<Outcome<ContactsReply>> GetContacts(SessionKey session)
    {
        while (true)
        {
            if (Deny(session, AccessRight.Read, Now) is { } refusal)
            {
                return refusal;
            }

            if (State.Contacts is not { } contacts)
            {
                return new ContactsReply(0, null);
            }

            try
            {
                return new ContactsReply(
                    contacts.Version,
                    await _desk.Blobs.ReadAsync(_account, AccountBlob.Contacts, contacts.Version, contacts.Hash));
            }
            catch (StorageUnavailableException) when (State.Contacts != contacts)
            {
                // Superseded while it was read: the next one is read instead.
            }
        }
    }

    public async Task<Outcome<ContactsReply>> PutContacts(SessionKey session, PutContactsRequest request)
    {
        var now = Now;
        if (Deny(session, AccessRight.Change, now) is { } denied)
        {
            return denied;
        }

        if (request.Version < 1 || request.Sealed.Length is < 1 or > PutContactsRequest.MaxLength)
        {
            return Invalid($"Contacts have a version from 1 and 1 to {PutContactsRequest.MaxLength} bytes.");
        }

        var hash = SHA256.HashData(request.Sealed);
        var before = State.Contacts;
        if (ShareDecisions.StoreContacts(State, request.Version, hash).Event is not null)
        {
            // Blob first, event second.
            await _desk.Blobs.PutAsync(_account, AccountBlob.Contacts, request.Version, request.Sealed);
        }

        if (await ChangeAsync(now, state => ShareDecisions.StoreContacts(state, request.Version, hash)) is { } refusal)
        {
            return refusal;
        }

        if (before is not null && before != State.Contacts)
        {
            await _desk.Blobs.DeleteAsync(_account, AccountBlob.Contacts, before.Version, before.Hash);
        }

        return new ContactsReply(request.Version, null);
    }
}

using System.Security.Cryptography;
using Vault.Cryptography;
using Vault.Grains.EventSourcing;
using Vault.Grains.Interfaces;
using Vault.Grains.SignIn;
using Vault.Protocol;

namespace Vault.Grains.Users;

/// <content>What opens the account: OPAQUE record and sealed key rings, replaced together in one event; blobs that are superseded go.</content>
internal sealed partial class UserGrain
{
    private static readonly TimeSpan SweepAgain = TimeSpan.FromMinutes(1);

    private IGrainTimer? _keySweep;

    public Task<KeyGenerations> GetGenerations() =>
        Task.FromResult(new KeyGenerations(State.Account?.Generation ?? 0, State.Account?.RecoveryGeneration ?? 0));

    public Task<Outcome<PasswordStartReply>> StartPassword(SessionKey session, PasswordStartRequest request) =>
        Task.FromResult(StartPassword(session, request, Now));

    public async Task<Outcome<Done>> ChangeKeys(SessionKey session, ChangeKeysRequest request)
    {
        var now = Now;
        if (DenyManaging(session, now) is { } denied)
        {
            return denied;
        }

        if ((request.RegistrationRecord is { } record && !RegistrationDecisions.IsRecord(record))
            || (request.SealedKeyRing is { } ring && !IsRing(ring))
            || (request.RecoverySealedKeyRing is { } recovery && !IsRing(recovery)))
        {
            return Invalid("The registration record is none, or a sealed key ring has a wrong length.");
        }

        var command = new ChangeKeys(
            HashOf(request.RegistrationRecord), HashOf(request.SealedKeyRing), HashOf(request.RecoverySealedKeyRing), request.Profile,
            request.Restored);
        var notice = request switch
        {
            { RegistrationRecord: not null, Profile: not null } => NoticeMail.KeysRotated,
            { RegistrationRecord: not null } => NoticeMail.PasswordChanged,
            { Restored: not null } => NoticeMail.KeyRingRestored,
            _ => NoticeMail.RecoveryKeyReplaced,
        };
        if (await ChangeKeysAsync(
            request.RegistrationRecord, request.SealedKeyRing, request.RecoverySealedKeyRing, notice, now,
            state => KeyDecisions.Change(state, session, command, now)) is { } refusal)
        {
            return refusal;
        }

        _desk.Logger.KeysChanged(_account);
        return Done.Value;
    }

    public async Task<Outcome<LostKeyRingsReply>> GetLostKeyRings(SessionKey session)
    {
        if (DenyManaging(session, Now) is { } denied)
        {
            return denied;
        }

        if (State.Account is not { } account)
        {
            return NotAuthenticated();
        }

        var rings = await AskAllAsync(account.Lost, async lost => new LostKeyRing(
            lost.RecoveryGeneration,
            await _desk.Blobs.ReadAsync(_account, AccountBlob.RecoveryRing, lost.RecoveryGeneration, lost.RecoveryRingHash),
            lost.Profile,
            lost.Contacts?.Version ?? 0));
        return new LostKeyRingsReply(rings);
    }

    public async Task<Outcome<ContactsReply>> GetLostContacts(SessionKey session, int number)
    {
        if (DenyManaging(session, Now) is { } denied)
        {
            return denied;
        }

        if (State.Account is not { } account)
        {
            return NotAuthenticated();
        }

        return account.Lost.Find(lost => lost.RecoveryGeneration == number)?.Contacts is { } contacts
            ? new ContactsReply(
                contacts.Version, await _desk.Blobs.ReadAsync(_account, AccountBlob.Contacts, contacts.Version, contacts.Hash))
            : new Problem(ErrorCode.NotFound, "There are no such contacts.");
    }

    private Outcome<PasswordStartReply> StartPassword(SessionKey session, PasswordStartRequest request, DateTimeOffset now)
    {
        if (DenyManaging(session, now) is { } denied)
        {
            return denied;
        }

        if (State.Account is not { } account || !EmailAddress.TryParse(account.Email, out var address))
        {
            return NotAuthenticated();
        }

        // An evaluation for somebody who has proved the password just now tells nothing that the login did not.
        if (State.Sessions.Find(session, now)!.StartedAt + KeyDecisions.FreshFor <= now) // it runs: see above
        {
            return new Problem(ErrorCode.NotPermitted, "This needs the password again: log in anew.");
        }

        try
        {
            return new PasswordStartReply(
                _desk.Opaque.CreateRegistrationResponse(request.RegistrationRequest, CredentialIdentifier(address)));
        }
        catch (CryptographyException)
        {
            return Invalid("The registration request is malformed.");
        }
    }

    /// <summary>Blobs and notice first, event second; then what is superseded goes.</summary>
    private async Task<Problem?> ChangeKeysAsync(
        byte[]? record, byte[]? ring, byte[]? recoveryRing, string notice, DateTimeOffset now,
        Func<UserState, Decision<UserEvent>> decide)
    {
        var decision = decide(State);
        if (decision.Event is null)
        {
            await TrySweepKeysAsync(); // also where a repeated command finds everything done
            return decision.Refusal;
        }

        var next = State.Apply(decision.Event, default).Account!; // events of keys are about an account
        await PutAsync(AccountBlob.Record, next.Generation, record);
        await PutAsync(AccountBlob.Ring, next.Generation, ring);
        await PutAsync(AccountBlob.RecoveryRing, next.RecoveryGeneration, recoveryRing);
        var mail = await _desk.Outbox.PrepareAsync(
            _account, NoticeMail.Kind, NoticeMail.About(notice, next.Generation, next.RecoveryGeneration), now);
        var before = State.Account;
        if (await ChangeAsync(now, decide) is { } refusal)
        {
            await _desk.Outbox.RemoveAsync(mail.Id);
            return refusal;
        }

        _desk.Outbox.Send(mail);
        await TrySweepKeysAsync(before?.Lost.Where(lost => !next.Lost.Contains(lost)));
        return null;
    }

    private Task PutAsync(AccountBlob kind, int generation, byte[]? content) =>
        content is null ? Task.CompletedTask : _desk.Blobs.PutAsync(_account, kind, generation, content);

    /// <summary>Deletes records, rings and keys of access keys that nothing names any more: an old password opens nothing that is kept.</summary>
    private async Task SweepKeysAsync()
    {
        if (State.Account is not { } account)
        {
            return;
        }

        var keys = account.Keys;
        await _desk.Blobs.DeleteOthersAsync(
            _account,
            [
                (AccountBlob.Record, keys.Generation, keys.RecordHash),
                (AccountBlob.Ring, keys.Generation, keys.RingHash),
                (AccountBlob.RecoveryRing, keys.RecoveryGeneration, keys.RecoveryRingHash),
                .. State.AccessKeys.ByKey.Values.Select(key => (AccountBlob.AccessKeys, 1, key.SealedHash)),
                .. account.Lost.Select(lost => (AccountBlob.RecoveryRing, lost.RecoveryGeneration, lost.RecoveryRingHash)),
            ],
            RequireLatestAsync);
    }

    /// <summary>The change is stored by now: a store that refuses to delete must not make it look as if it were not.</summary>
    /// <param name="restored">Key rings that were put aside and are no more, whose contacts go too.</param>
    /// <returns>Whether all went.</returns>
    private async Task<bool> TrySweepKeysAsync(IEnumerable<LostRing>? restored = null)
    {
        try
        {
            await SweepKeysAsync();
            foreach (var contacts in (restored ?? []).Select(lost => lost.Contacts).OfType<ContactsStored>())
            {
                await _desk.Blobs.DeleteAsync(_account, AccountBlob.Contacts, contacts.Version, contacts.Hash);
            }

            return true;
        }
        catch (StorageUnavailableException)
        {
            SweepKeysLater(); // the guard has told the operator
            return false;
        }
    }

    /// <summary>What a crash, or a store that refused, left is deleted in a while, or when the account is next used; accounts that never
    /// changed their keys have nothing.</summary>
    private void SweepKeysLater()
    {
        if (State.Account is { } account && (account.Generation > 1 || account.RecoveryGeneration > 1))
        {
            _keySweep?.Dispose();
            _keySweep = this.RegisterGrainTimer(
                async () =>
                {
                    try
                    {
                        await SweepKeysAsync();
                        _keySweep?.Dispose();
                    }
                    catch (StorageUnavailableException)
                    {
                        // The guard has told the operator; the timer tries again.
                    }
                },
                TimeSpan.Zero,
                SweepAgain);
        }
    }

    private static byte[]? HashOf(byte[]? content) => content is null ? null : SHA256.HashData(content);
}

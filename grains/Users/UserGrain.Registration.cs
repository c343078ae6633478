using Vault.Grains.Interfaces;
using Vault.Grains.Registration;
using Vault.Grains.SignIn;
using Vault.Protocol;

namespace Vault.Grains.Users;

/// <content>Registrations that wait for a mailed code. Until it comes back there is no account: a login is answered as for any unknown
/// address, or whoever registers an address would learn whether it was free.</content>
internal sealed partial class UserGrain : IUserRegistration
{
    private readonly AttemptBucket _confirmations = new(new AttemptLimits { Capacity = 5, Refill = TimeSpan.FromMinutes(1) });

    private bool _areLosersForgotten;

    public async Task<bool> AskForConfirmation(RegistrationFinishRequest request)
    {
        var now = Now;
        if (!RegistrationDecisions.TryRead(request, out var wanted, out _) || !EmailAddress.TryParse(request.Email, out var address))
        {
            return true; // the sign-in grain has looked at it before
        }

        await ReleaseAddressAsync(); // of an account that is on its way out
        if (await CheckAddressAsync(address) is not null)
        {
            return false;
        }

        var id = CommandId.New();
        var mail = await _desk.Outbox.PrepareAsync(_account, ConfirmationMail.Kind, id.ToString(), now);
        if (State is { Account: null, Closed: null })
        {
            await PutAsync(wanted, request);
            await ChangeAsync(now, state => ConfirmationDecisions.Ask(state, id, wanted, now + _desk.Doorkeeper.CodeLifetime));
        }

        _desk.Outbox.Send(mail);
        return true;
    }

    public async Task<IssuedConfirmation?> IssueConfirmation(CommandId asked, byte[] codeHash)
    {
        var now = Now;
        if (State.Account is { } account)
        {
            // Confirmed meanwhile with the code of this very mail's registration, or of another: no code is needed any more.
            return State.Confirmed == asked ? null : Issued(account.Email, account.Profile, null);
        }

        await ChangeAsync(now, state => ConfirmationDecisions.Issue(state, asked, codeHash, now));
        return State.Asked.Find(other => other.Id == asked) is { CodeHash: not null } found && found.ExpiresAt > now
            ? Issued(found.Registration.Email, found.Registration.Profile, found.ExpiresAt)
            : null;
    }

    public async Task<Outcome<Done>> ConfirmAddress(ConfirmAddressRequest request)
    {
        var now = Now;
        if (!EmailAddress.TryParse(request.Email, out var address))
        {
            return NoAddress();
        }

        if (request.Code.Length is < 1 or > LoginCodeRequest.MaxCodeLength)
        {
            return Invalid($"A code has 1 to {LoginCodeRequest.MaxCodeLength} characters.");
        }

        if (await CheckAddressAsync(address) is { } misdirected)
        {
            return misdirected;
        }

        // In memory, for every address alike: an event would take its time only where something waits.
        if (!_confirmations.TryTake(now, out var wait))
        {
            return new Problem(
                ErrorCode.TooManyRequests, "Too many wrong codes. Wait, then try again.", RetryAfterSeconds: (int)Math.Ceiling(wait.TotalSeconds));
        }

        DelayDeactivation(_confirmations.FullAt - now);
        var hash = _desk.MailCodes.Hash(ConfirmationMail.Purpose, _account, request.Code);
        if (await ChangeAsync(now, state => ConfirmationDecisions.Confirm(state, hash, now)) is { } refusal)
        {
            return refusal;
        }

        _confirmations.Clear();
        _desk.Logger.Registered(_account);
        _areLosersForgotten = await TrySweepKeysAsync(); // the account is there all the same; the next sweep goes on
        return Done.Value;
    }

    /// <summary>What nobody confirmed in time leaves nothing behind: no address, no keys, no stream.</summary>
    private async Task ForgetUnconfirmedAsync(DateTimeOffset now)
    {
        if (State.Confirmed is not null && !_areLosersForgotten)
        {
            await SweepKeysAsync(); // the keys of registrations that waited beside the one that was confirmed
            _areLosersForgotten = true;
        }

        if (ConfirmationDecisions.Lapse(State, now).Event is null)
        {
            return;
        }

        await NotePendingAsync();
        await ChangeAsync(now, state => ConfirmationDecisions.Lapse(state, now));
        _desk.Logger.RegistrationLapsed(_account);
        EraseSoon();
    }

    private static IssuedConfirmation Issued(string email, SignedProfile profile, DateTimeOffset? expiresAt) =>
        new(email, profile.Verify()?.ServerKey ?? "", expiresAt);

    /// <summary>Blobs first, event second: an orphan blob is garbage, an event without its blobs would be a loss.</summary>
    private Task PutAsync(AccountRegistered wanted, RegistrationFinishRequest request) => Task.WhenAll(
        _desk.Blobs.PutAsync(_account, AccountBlob.Record, wanted.Generation, request.RegistrationRecord),
        _desk.Blobs.PutAsync(_account, AccountBlob.Ring, wanted.Generation, request.SealedKeyRing),
        _desk.Blobs.PutAsync(_account, AccountBlob.RecoveryRing, wanted.Generation, request.RecoverySealedKeyRing));
}

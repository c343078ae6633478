using Vault.Client.Keys;
using Vault.Cryptography.Opaque;
using Vault.Cryptography.Primitives;
using Vault.Protocol;

namespace Vault.Client;

/// <content>What opens the account, and its sessions.</content>
public sealed partial class VaultSession
{
    private bool _isHandedOver;

    /// <summary>Changes the password; every other session of the account ends.</summary>
    /// <param name="current">The present password, proved by a fresh login.</param>
    /// <param name="password">The new one, UTF-8, at least <see cref="VaultAccount.MinPasswordLength"/> bytes.</param>
    /// <param name="rotateKeys">
    /// Make a new identity and signing key too. The ones before stay in the key ring to open what was made with them, and sign the new
    /// ones, so that contacts accept them. The recovery key then is a new one, and access keys end.
    /// </param>
    /// <param name="oneTimeCode">The second factor, where it is on.</param>
    /// <param name="cancellationToken">Stops at once; the password may then be either.</param>
    /// <returns>The session to go on with: this one, or with new keys another, over the same connection; this one is then to be disposed. With
    /// new keys also where it may be either: see <see cref="ChangedKeys.Failure"/>.</returns>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.LoginFailed"/>: the present password is another.</exception>
    public async Task<ChangedKeys> ChangePasswordAsync(
        SecretBytes current, SecretBytes password, bool rotateKeys, string? oneTimeCode, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(current);
        ArgumentNullException.ThrowIfNull(password);
        VaultAccount.RequireLongEnough(password);
        using var login = await LogInAgainAsync(current, oneTimeCode, cancellationToken).ConfigureAwait(false);
        var client = new OpaqueClient(KeyStretchings.Use(Stretching));
        var (state, request) = client.StartRegistration(password.Span);
        using (state)
        {
            var start = await _connection.PostAsync(
                Routes.PasswordStart, new PasswordStartRequest(request), ProtocolJson.Default.PasswordStartRequest,
                ProtocolJson.Default.PasswordStartReply, cancellationToken).ConfigureAwait(false);
            using var registration = await Registration.FinishAsync(client, state, start.RegistrationResponse, cancellationToken).ConfigureAwait(false);
            if (!rotateKeys)
            {
                try
                {
                    await ChangeAsync(
                        new ChangeKeysRequest(
                            registration.Record, login.Ring.Seal(registration.ExportKey, FileKeySchedule.PasswordKeyRing), null, null, null),
                        cancellationToken).ConfigureAwait(false);
                    return new ChangedKeys(this, null, []);
                }
                catch (VaultException error) when (error.MayBeDone)
                {
                    throw VaultException.After(
                        error, "Whether the password was changed is not known.",
                        "Run Connect-Vault: either the new password lets you in or the present one.");
                }
            }

            var ended = await ListAccessKeysAsync(cancellationToken).ConfigureAwait(false);
            var ring = login.Ring.Rotate(login.Reply.Profile.Hash());
            var profile = ring.FollowProfile(
                login.Reply.Profile.Verify()!, login.Reply.Profile, _address, _connection.ServerKey); // the login has checked it
            var recoveryKey = new NewRecoveryKey();
            try
            {
                var changing = ChangeAsync(
                    new ChangeKeysRequest(
                        registration.Record, ring.Seal(registration.ExportKey, FileKeySchedule.PasswordKeyRing),
                        ring.Seal(recoveryKey.Key.Bytes, FileKeySchedule.RecoveryKeyRing),
                        profile, null),
                    cancellationToken);
                await recoveryKey.CommitAsync(changing).ConfigureAwait(false);
                return new ChangedKeys(HandOver(ring, login.Reply with { Profile = profile }), recoveryKey.Key, ended);
            }
            catch (Exception error) when (recoveryKey.MayCount)
            {
                ring.Dispose();
                return new ChangedKeys(this, recoveryKey.Key, [])
                {
                    Failure = VaultException.After(
                        error, "Whether password and keys were changed is not known.",
                        "Keep the new recovery key and the one before. Run Connect-Vault: if the new password lets you in, the new key is the "
                        + "account's; if the present one does, nothing has changed."),
                };
            }
            catch
            {
                recoveryKey.Dispose();
                ring.Dispose();
                throw;
            }
        }
    }

    /// <summary>Makes a new recovery key in place of the one there is, which opens nothing any more.</summary>
    /// <param name="current">The password, proved by a fresh login.</param>
    /// <param name="oneTimeCode">The second factor, where it is on.</param>
    /// <param name="cancellationToken">Stops at once; either key may then be the one.</param>
    /// <returns>This session and the new key, also where it may be either: see <see cref="ChangedKeys.Failure"/>.</returns>
    public async Task<ChangedKeys> ReplaceRecoveryKeyAsync(SecretBytes current, string? oneTimeCode, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(current);
        using var login = await LogInAgainAsync(current, oneTimeCode, cancellationToken).ConfigureAwait(false);
        var recoveryKey = new NewRecoveryKey();
        try
        {
            var changing = ChangeAsync(
                new ChangeKeysRequest(null, null, login.Ring.Seal(recoveryKey.Key.Bytes, FileKeySchedule.RecoveryKeyRing), null, null),
                cancellationToken);
            await recoveryKey.CommitAsync(changing).ConfigureAwait(false);
            return new ChangedKeys(this, recoveryKey.Key, []);
        }
        catch (Exception error) when (recoveryKey.MayCount)
        {
            return new ChangedKeys(this, recoveryKey.Key, [])
            {
                Failure = VaultException.After(
                    error, "Whether the new recovery key is the account's is not known.",
                    "Keep it and the one before, and run New-VaultRecoveryKey again: the key that it then shows is the account's."),
            };
        }
        catch
        {
            recoveryKey.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Brings back what a reset without the recovery key put aside: keys, files, shares, contacts. That recovery key is the account's
    /// again; a newer one opens nothing any more.
    /// </summary>
    /// <param name="recoveryKey">The recovery key from before the reset.</param>
    /// <param name="current">The present password, proved by a fresh login.</param>
    /// <param name="oneTimeCode">The second factor, where it is on.</param>
    /// <param name="cancellationToken">Stops at once; run it again.</param>
    /// <returns>The session to go on with, over the same connection; this one is to be disposed.</returns>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.WrongRecoveryKey"/>: it opens nothing that was put aside.</exception>
    public async Task<VaultSession> RestoreKeyRingAsync(
        RecoveryKey recoveryKey, SecretBytes current, string? oneTimeCode, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(recoveryKey);
        ArgumentNullException.ThrowIfNull(current);
        using var login = await LogInAgainAsync(current, oneTimeCode, cancellationToken).ConfigureAwait(false);
        var lost = await _connection.GetAsync(Routes.LostKeyRings, ProtocolJson.Default.LostKeyRingsReply, cancellationToken).ConfigureAwait(false);
        var left = lost.KeyRings.Count;
        KeyRing? restored = null;
        try
        {
            foreach (var aside in lost.KeyRings.OrderBy(aside => aside.Number))
            {
                using var found = KeyRing.TryOpen(aside.RecoverySealedKeyRing, recoveryKey.Bytes, FileKeySchedule.RecoveryKeyRing);
                if (found is null)
                {
                    continue;
                }

                if (!found.Owns(aside.Profile, _address, _connection.ServerKey))
                {
                    throw VaultException.Forged("The server shows another profile for the key ring than its own.");
                }

                left--;
                var merged = (restored ?? login.Ring).With(found, aside.Profile.Hash(), hasLost: left > 0);
                restored?.Dispose();
                restored = merged;
                await RestoreContactsAsync(aside, found, cancellationToken).ConfigureAwait(false);
                await ChangeAsync(
                    new ChangeKeysRequest(
                        null, merged.Seal(login.SealingKey), merged.Seal(recoveryKey.Bytes, FileKeySchedule.RecoveryKeyRing), null, aside.Number),
                    cancellationToken).ConfigureAwait(false);
            }
        }
        catch
        {
            restored?.Dispose();
            throw;
        }

        return restored is not null
            ? HandOver(restored, login.Reply)
            : throw new VaultException(
                VaultErrorCode.WrongRecoveryKey,
                lost.KeyRings.Count == 0 ? "No key ring of this account was put aside." : "The recovery key opens none of the key rings that were put aside.",
                lost.KeyRings.Count == 0 ? "There is nothing to restore." : "Try the recovery key that you had before the password was reset.");
    }

    /// <summary>
    /// Closes the account for good: all its files, what it gave to others and what it had from them, its sessions and access keys end at
    /// once, and everything that is stored of it is deleted. Nobody can bring it back.
    /// </summary>
    /// <param name="current">The password, proved by a fresh login.</param>
    /// <param name="oneTimeCode">The second factor, where it is on.</param>
    /// <param name="cancellationToken">Stops at once; the account may then be closed or not.</param>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.LoginFailed"/>, <see cref="VaultErrorCode.CodeRequired"/>,
    /// <see cref="VaultErrorCode.CodeInvalid"/>: nothing has changed.</exception>
    public async Task CloseAccountAsync(SecretBytes current, string? oneTimeCode, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(current);
        using (var login = await LogInAgainAsync(current, oneTimeCode, cancellationToken).ConfigureAwait(false))
        {
            if (login.Reply.Account != Account)
            {
                throw VaultException.Forged("The server signed in to another account.");
            }

            var proof = ClosingProof.Sign(login.Reply.Account, _connection.SessionKey(), login.Ring.SigningSeed.Span);
            try
            {
                await _connection.DoAsync(
                    HttpMethod.Post, Routes.CloseAccount, new CloseAccountRequest(proof, oneTimeCode), ProtocolJson.Default.CloseAccountRequest,
                    cancellationToken).ConfigureAwait(false);
            }
            catch (VaultException error) when (error.Code == VaultErrorCode.NotAuthenticated)
            {
                await RequireClosedAsync(current, error, cancellationToken).ConfigureAwait(false);
            }
        }

        ForgetHere();
    }

    /// <summary>The account's running sessions, on all machines.</summary>
    public async Task<IReadOnlyList<AccountSession>> ListSessionsAsync(CancellationToken cancellationToken)
    {
        var reply = await _connection.GetAsync(Routes.Sessions, ProtocolJson.Default.SessionsReply, cancellationToken).ConfigureAwait(false);
        return [.. reply.Sessions.Select(session => new AccountSession(
            session.Id, ServerText.Printable(session.Device), ServerText.Printable(session.Address), session.StartedAt, session.LastUsedAt, session.ExpiresAt, session.IsCurrent))];
    }

    /// <summary>Ends one of the account's sessions; one that has ended is no error.</summary>
    public Task EndSessionAsync(string id, CancellationToken cancellationToken) =>
        _connection.DeleteAsync(Routes.SessionOf(Uri.EscapeDataString(id)), cancellationToken);

    /// <summary>Ends all of the account's sessions but this one.</summary>
    public Task EndOtherSessionsAsync(CancellationToken cancellationToken) => _connection.DeleteAsync(Routes.Sessions, cancellationToken);

    private KeyStretching Stretching => _stretching ?? throw new VaultException(
        VaultErrorCode.NotPermitted, "An access key cannot change what opens the account.", "Sign in with the password.");

    // The answer of an attempt that closed the account may have been lost, and the account erased meanwhile: then the password that was right
    // a moment ago is so no more.
    private async Task RequireClosedAsync(SecretBytes current, VaultException refused, CancellationToken cancellationToken)
    {
        try
        {
            using var login = await LogInAgainAsync(current, null, cancellationToken).ConfigureAwait(false);
        }
        catch (VaultException error)
        {
            if (error.Code == VaultErrorCode.LoginFailed)
            {
                return;
            }
        }

        throw refused;
    }

    // What this machine remembers of the account is of no more use; where it cannot be deleted it does no harm.
    private void ForgetHere()
    {
        try
        {
            new RememberedAccounts(_connection.StateFolder).Forget(Server, Email);
            _me.Heads.Delete();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
        }
    }

    // Over the same connection and under the same key: the session is the same one, started anew.
    private Task<LoggedIn> LogInAgainAsync(SecretBytes current, string? oneTimeCode, CancellationToken cancellationToken) => Login.RunAsync(
        _connection, Stretching, _address, current, _options with { OneTimeCode = oneTimeCode }, TimeSpan.Zero, cancellationToken);

    private Task ChangeAsync(ChangeKeysRequest request, CancellationToken cancellationToken) =>
        _connection.DoAsync(HttpMethod.Post, Routes.Keys, request, ProtocolJson.Default.ChangeKeysRequest, cancellationToken);

    private async Task RestoreContactsAsync(LostKeyRing aside, KeyRing found, CancellationToken cancellationToken)
    {
        if (aside.ContactsVersion == 0)
        {
            return;
        }

        var reply = await _connection.GetAsync(
            Routes.LostContacts(aside.Number), ProtocolJson.Default.ContactsReply, cancellationToken).ConfigureAwait(false);
        if (reply.Sealed is { } box)
        {
            await _me.Contacts.MergeAsync(box, reply.Version, found.ContactsKey, cancellationToken).ConfigureAwait(false);
        }
    }

    // The session on the server and the connection go on; this object is of no more use.
    private VaultSession HandOver(KeyRing ring, LoginFinishReply login)
    {
        _isHandedOver = true;
        return new VaultSession(
            _connection, ring, Server, _address, login.Account, login.Profile, login.ExpiresAt, _stretching, _options);
    }
}

/// <summary>A session of the account, on whatever machine.</summary>
/// <param name="Id">Names it to <see cref="VaultSession.EndSessionAsync"/>.</param>
/// <param name="Device">The name that the device gave itself.</param>
/// <param name="Address">The network address that it signed in from.</param>
/// <param name="StartedAt">When it signed in.</param>
/// <param name="LastUsedAt">When it last asked for something.</param>
/// <param name="ExpiresAt">When it ends by itself.</param>
/// <param name="IsCurrent">Whether it is the one that asked for the list.</param>
public sealed record AccountSession(
    string Id, string Device, string Address, DateTimeOffset StartedAt, DateTimeOffset LastUsedAt, DateTimeOffset ExpiresAt, bool IsCurrent);

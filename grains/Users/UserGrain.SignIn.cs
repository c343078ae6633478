using System.Text;
using Vault.Cryptography;
using Vault.Cryptography.Opaque;
using Vault.Grains.Interfaces;
using Vault.Grains.SignIn;
using Vault.Protocol;

namespace Vault.Grains.Users;

/// <content>Registration and login. An account without events answers as one with them does, until KE3.</content>
internal sealed partial class UserGrain
{
    private const int HandshakeHashLength = 32;
    private const int MaxDeviceLength = 100;

    private (int Generation, byte[]? Bytes)? _record;
    private IGrainTimer? _sweep;

    public async Task<Outcome<RegistrationStartReply>> StartRegistration(
        RegistrationStartRequest request, SignInOrigin origin)
    {
        var now = Now;
        if (!EmailAddress.TryParse(request.Email, out var address))
        {
            return NoAddress();
        }

        if (await CheckAddressAsync(address) is { } misdirected)
        {
            return misdirected;
        }

        if (TakeAttempt(origin, now, out _) is { } tooMany)
        {
            return tooMany;
        }

        try
        {
            return new RegistrationStartReply(
                _desk.Opaque.CreateRegistrationResponse(request.RegistrationRequest, CredentialIdentifier(address)));
        }
        catch (CryptographyException)
        {
            return Invalid("The registration request is malformed.");
        }
    }

    public async Task<Outcome<RegistrationFinishReply>> Register(RegistrationFinishRequest request)
    {
        var now = Now;
        if (!RegistrationDecisions.TryRead(request, out var wanted, out var problem))
        {
            return problem;
        }

        if (!EmailAddress.TryParse(request.Email, out var address))
        {
            return NoAddress();
        }

        if (await CheckAddressAsync(address) is { } misdirected)
        {
            return misdirected;
        }

        var isNew = State is { Account: null, Closed: null };
        if (isNew)
        {
            await PutAsync(wanted, request);
        }

        if (await ChangeAsync(now, state => RegistrationDecisions.Register(state, wanted)) is { } refusal)
        {
            return refusal;
        }

        if (isNew)
        {
            _desk.Logger.Registered(_account);
        }

        return new RegistrationFinishReply(_account);
    }

    public async Task<Outcome<LoginStartReply>> StartLogin(LoginStartRequest request, SignInOrigin origin)
    {
        var now = Now;
        if (!EmailAddress.TryParse(request.Email, out var address))
        {
            return NoAddress();
        }

        if (await CheckAddressAsync(address) is { } misdirected)
        {
            return misdirected;
        }

        if (origin.HandshakeHash.Length != HandshakeHashLength)
        {
            return Invalid("The handshake hash has 32 bytes.");
        }

        var record = await ReadRecordAsync();
        if (TakeAttempt(origin, now, out var attempt) is { } tooMany)
        {
            return tooMany;
        }

        try
        {
            var (ke2, opaque) = _desk.Opaque.GenerateKe2(
                request.Ke1, record, CredentialIdentifier(address), [.. "Vault/1 login"u8, .. origin.HandshakeHash]);
            _pending.Add(
                origin.SessionKey,
                new PendingLogin(
                    address, State.Account?.Generation ?? 0, origin.HandshakeHash, opaque, attempt,
                    now + _desk.Limits.PendingLifetime));
            SweepLater();
            return new LoginStartReply(ke2);
        }
        catch (CryptographyException)
        {
            return Invalid("KE1 is malformed.");
        }
    }

    public async Task<Outcome<LoginFinishReply>> FinishLogin(LoginFinishRequest request, SignInOrigin origin)
    {
        var now = Now;
        if (CheckDevice(request.Device) is { } malformed)
        {
            return malformed;
        }

        // Taken, whatever comes of it: one KE3 for one KE2.
        using var pending = _pending.Take(origin.SessionKey, now);
        if (pending is null || !IsProven(pending, request, origin) || State.Account is not { } account
            || account.Generation != pending.Generation)
        {
            return LoginFailed();
        }

        pending.Attempt.Clear();

        // A key that has a session proved the second factor when that began: a login whose last answer was lost needs no new code.
        if (State.SecondFactor.IsOn && !IsRunning(origin.SessionKey, now) && !IsCodeUsedBy(origin, now))
        {
            _awaitingCode.Add(origin.SessionKey, pending with { Opaque = null, ExpiresAt = now + _codeLimits.Patience });
            SweepLater();
            return new Problem(ErrorCode.CodeRequired, "The account has a second factor: its one-time code is needed too.");
        }

        return await StartSessionAsync(account, request.Device, origin, now);
    }

    private static Problem LoginFailed() => new(ErrorCode.LoginFailed, "The e-mail address or the password is wrong.");

    private static Problem? CheckDevice(string device) =>
        device.Length is < 1 or > MaxDeviceLength || device.Any(char.IsControl)
            ? Invalid("A device's name has 1 to 100 characters.")
            : null;

    private static bool IsProven(PendingLogin pending, LoginFinishRequest request, SignInOrigin origin)
    {
        if (pending.Opaque is not { } opaque)
        {
            return false;
        }

        var isProven = OpaqueServer.TryFinishLogin(opaque, request.Ke3, out var sessionKey);
        sessionKey?.Dispose(); // the channel has its own keys
        return IsSameLogin(pending, request.Email, origin) && isProven;
    }

    private static bool IsSameLogin(PendingLogin pending, string email, SignInOrigin origin) =>
        EmailAddress.TryParse(email, out var address) && address == pending.Email
        && origin.HandshakeHash.AsSpan().SequenceEqual(pending.HandshakeHash);

    /// <summary>The session, and only now the key ring: everything that the account asks for was proved.</summary>
    private async Task<Outcome<LoginFinishReply>> StartSessionAsync(
        Account account, string device, SignInOrigin origin, DateTimeOffset now)
    {
        var ring = await _desk.Blobs.ReadAsync(_account, AccountBlob.Ring, account.Generation, account.RingHash);
        SessionStarted? started = null;
        await ChangeAsync(now, state => started = state.Sessions.DecideStart(
            origin.SessionKey, device, origin.Address, now, _sessionLimits));
        _desk.Logger.SessionStarted(_account);
        return new LoginFinishReply(_account, ring, account.Profile, started!.ExpiresAt); // set by the decision above
    }

    /// <summary>
    /// Whether the address is this account's. A gateway could call any grain: an account that answered for another's
    /// address would be a second counter of attempts on that address, and any number of them no limit at all.
    /// </summary>
    /// <remarks>Asked at every call, of known and unknown accounts alike, so that neither answers sooner.</remarks>
    private async Task<Problem?> CheckAddressAsync(EmailAddress address) =>
        await _desk.Addresses.ResolveAsync(address) == _account
            ? null
            // Also where the address was claimed since the account was looked up.
            : new Problem(ErrorCode.ServerBusy, "The address was being registered. Try again.");

    private static Problem NoAddress() => Invalid("This is no e-mail address that the vault accepts.");

    private static byte[] CredentialIdentifier(EmailAddress address) => Encoding.UTF8.GetBytes(address.Value);

    /// <summary>Counts an OPRF evaluation as a failed attempt, which it stays until its KE3 is accepted.</summary>
    private Problem? TakeAttempt(SignInOrigin origin, DateTimeOffset now, out AttemptBucket attempt)
    {
        attempt = _attempts.For(NetworkName.Of(origin.Address), State.Sessions.Networks, now);
        if (!attempt.TryTake(now, out var wait))
        {
            _desk.Logger.TooManyAttempts(_account);
            return new Problem(
                ErrorCode.TooManyRequests, "Too many sign-in attempts on this address. Wait, then try again.",
                RetryAfterSeconds: (int)Math.Ceiling(wait.TotalSeconds));
        }

        // The counter lives in this activation, so the activation lives as long as there is something counted.
        DelayDeactivation(_attempts.FullAt - now);
        return null;
    }

    /// <summary>The account's record, or null where there is no account; read once for each generation.</summary>
    private async Task<byte[]?> ReadRecordAsync()
    {
        var generation = State.Account?.Generation ?? 0;
        if (_record is not { } known || known.Generation != generation)
        {
            known = (generation, await ReadAsync());
            _record = known;
        }

        return known.Bytes;

        async Task<byte[]?> ReadAsync()
        {
            if (State.Account is { } account)
            {
                return await _desk.Blobs.ReadAsync(_account, AccountBlob.Record, generation, account.RecordHash);
            }

            await _desk.Blobs.ReadNothingAsync(_account);
            return null;
        }
    }

    /// <summary>Pending logins are zeroed when they expire, though nobody calls.</summary>
    private void SweepLater() => _sweep ??= this.RegisterGrainTimer(
        _ =>
        {
            _pending.DropExpired(Now);
            _awaitingCode.DropExpired(Now);
            if (_pending.IsEmpty && _awaitingCode.IsEmpty)
            {
                _sweep?.Dispose();
                _sweep = null;
            }

            return Task.CompletedTask;
        },
        _desk.Limits.PendingLifetime,
        _desk.Limits.PendingLifetime);
}

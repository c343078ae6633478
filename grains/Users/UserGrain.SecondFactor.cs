using System.Security.Cryptography;
using Vault.Grains.Interfaces;
using Vault.Grains.SignIn;
using Vault.Protocol;

namespace Vault.Grains.Users;

/// <content>The second factor: asked for only after the password was proved, and before the key ring is given out.</content>
internal sealed partial class UserGrain
{
    private readonly AttemptCounter _codeAttempts;
    private readonly PendingLogins _awaitingCode;
    private (SignInOrigin Origin, DateTimeOffset Until)? _codeUsedBy; // for a reset, which the login on its connection follows

    public async Task<Outcome<LoginFinishReply>> FinishLoginWithCode(LoginCodeRequest request, SignInOrigin origin)
    {
        var now = Now;
        if (CheckDevice(request.Device) is { } malformed)
        {
            return malformed;
        }

        if (_awaitingCode.Find(origin.SessionKey, now) is not { } proven || !IsSameLogin(proven, request.Email, origin)
            || State.Account is not { } account || account.Generation != proven.Generation)
        {
            return LoginFailed();
        }

        if (await UseCodeAsync(request.Code, origin.Address, now) is { } refusal)
        {
            return refusal;
        }

        _awaitingCode.Take(origin.SessionKey, now)?.Dispose();
        return await StartSessionAsync(account, request.Device, origin, now);
    }

    public async Task<Outcome<TotpSecretReply>> PrepareTotp(SessionKey session)
    {
        var now = Now;
        if (DenyManaging(session, now) is { } denied)
        {
            return denied;
        }

        var secret = RandomNumberGenerator.GetBytes(OneTimeCodes.SecretLength);
        var box = _desk.Codes.Seal(_account, secret);
        return await ChangeAsync(now, state => SecondFactorDecisions.Prepare(state, box)) is { } refusal
            ? refusal
            : new TotpSecretReply(secret);
    }

    public async Task<Outcome<Done>> EnableTotp(SessionKey session, EnableTotpRequest request)
    {
        var now = Now;
        if (DenyManaging(session, now) is { } denied)
        {
            return denied;
        }

        var hashes = request.BackupCodes.Take(BackupCode.Count + 1)
            .Select(code => code is null ? null : _desk.Codes.HashBackupCode(_account, code)).OfType<byte[]>().ToList();
        if (request.BackupCodes.Count != BackupCode.Count || hashes.Count != BackupCode.Count
            || hashes.DistinctBy(Convert.ToHexString).Count() != BackupCode.Count)
        {
            return Invalid($"There are {BackupCode.Count} different backup codes.");
        }

        var step = State.SecondFactor.Prepared is { } prepared && CheckCode(request.Code) is null
            ? _desk.Codes.FindStep(_account, prepared, request.Code, now)
            : null;
        return await ChangeAsync(now, state => SecondFactorDecisions.Enable(state, step, hashes)) is { } refusal
            ? refusal
            : Done.Value;
    }

    public async Task<Outcome<Done>> DisableTotp(SessionKey session, DisableTotpRequest request, ClientAddress address)
    {
        var now = Now;
        if (DenyManaging(session, now) is { } denied)
        {
            return denied;
        }

        if (!State.SecondFactor.IsOn)
        {
            return Done.Value;
        }

        return await TryCodeAsync(request.Code, address.Text, now, SecondFactorDecisions.Disable) is { } refusal
            ? refusal
            : Done.Value;
    }

    /// <summary>Whether a reset on this connection has just used a code up: the login that follows it needs no second one.</summary>
    private bool IsCodeUsedBy(SignInOrigin origin, DateTimeOffset now) =>
        _codeUsedBy is { } used && now < used.Until && used.Origin.SessionKey == origin.SessionKey
        && used.Origin.HandshakeHash.AsSpan().SequenceEqual(origin.HandshakeHash);

    private static Problem? CheckCode(string code) => code.Length is < 1 or > LoginCodeRequest.MaxCodeLength
        ? Invalid($"A code has 1 to {LoginCodeRequest.MaxCodeLength} characters.")
        : null;

    /// <summary>Uses a code up, or says why it is refused; wrong ones are counted and limited.</summary>
    private Task<Problem?> UseCodeAsync(string code, string address, DateTimeOffset now) =>
        TryCodeAsync(code, address, now, SecondFactorDecisions.Use);

    private async Task<Problem?> TryCodeAsync(
        string code, string address, DateTimeOffset now,
        Func<UserState, CodeProof, EventSourcing.Decision<UserEvent>> decide)
    {
        if (CheckCode(code) is { } malformed)
        {
            return malformed;
        }

        var attempts = _codeAttempts.For(NetworkName.Of(address), State.Sessions.Networks, now);
        if (!attempts.TryTake(now, out var wait))
        {
            return new Problem(
                ErrorCode.TooManyRequests, "Too many wrong codes. Wait, then try again.",
                RetryAfterSeconds: (int)Math.Ceiling(wait.TotalSeconds));
        }

        // The counter lives in this activation, so the activation lives as long as there is something counted.
        DelayDeactivation(_codeAttempts.FullAt - now);
        var proof = new CodeProof(
            State.SecondFactor.Secret is { } secret ? _desk.Codes.FindStep(_account, secret, code, now) : null,
            _desk.Codes.HashBackupCode(_account, code));
        var refusal = await ChangeAsync(now, state => decide(state, proof));
        if (refusal is null)
        {
            attempts.Clear();
        }

        return refusal;
    }
}

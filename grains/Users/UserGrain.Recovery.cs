using System.Security.Cryptography;
using Vault.Cryptography;
using Vault.Grains.Interfaces;
using Vault.Grains.SignIn;
using Vault.Protocol;

namespace Vault.Grains.Users;

/// <content>The reset of a forgotten password. Codes are the recovery grain's; an account without events refuses as one does whose code is wrong.</content>
internal sealed partial class UserGrain
{
    /// <summary>A header that is shorter is for a password: one for a key has a stanza of ML-KEM, which alone is longer.</summary>
    private const int MinKeyHeaderLength = 1024;

    public async Task<Outcome<ResetStartReply>> StartReset(ResetStartRequest request, SignInOrigin origin)
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

        byte[] response;
        try
        {
            response = _desk.Opaque.CreateRegistrationResponse(request.RegistrationRequest, CredentialIdentifier(address));
        }
        catch (CryptographyException)
        {
            return Invalid("The registration request is malformed."); // before the code is used up
        }

        var opened = await Recovery.Open(
            new MailedCode(request.Code), origin, State.Account?.Generation ?? 0, State.SecondFactor.IsOn && !request.HasSecondFactor);
        if (!opened.Succeeded(out var reset, out var wrong) || State.Account is not { } account)
        {
            return wrong ?? Grains.Recovery.RecoveryDecisions.WrongCode;
        }

        var ring = await _desk.Blobs.ReadAsync(
            _account, AccountBlob.RecoveryRing, account.RecoveryGeneration, account.RecoveryRingHash);
        return new ResetStartReply(_account, response, account.Profile, ring, reset.ExpiresAt);
    }

    public async Task<bool> IsResetting(SignInOrigin origin) =>
        (await Recovery.Find(origin)).Succeeded(out var reset, out _) && reset.Generation == State.Account?.Generation;

    public async Task<Outcome<LossesPage>> ListLosses(LossesRequest request, SignInOrigin origin)
    {
        if (!await IsResetting(origin))
        {
            return Grains.Recovery.RecoveryDecisions.WrongCode;
        }

        if (request.Limit is < 1 or > LossesRequest.MaxLimit)
        {
            return Invalid($"A page has 1 to {LossesRequest.MaxLimit} files.");
        }

        // Both lists are in the order of the ids: the first of the two together are among the first of each.
        var own = State.Files.Page(request.After, request.Limit);
        var (received, hasMore) = State.Shares.PageReceived(request.After, request.Limit);
        var page = own.Files.Select(file => file.File).Concat(received.Select(share => share.File))
            .OrderBy(file => file.Value).Take(request.Limit).ToList();
        var isLast = own.Next is null && !hasMore && page.Count == own.Files.Count + received.Count;
        var answers = await AskAllAsync(page, file => LossOfAsync(file, origin));
        if (answers.FirstOrDefault(answer => answer.Problem is { Code: not ErrorCode.NotFound }).Problem is { } failed)
        {
            return failed;
        }

        return new LossesPage([.. answers.Select(answer => answer.Value).OfType<LossEntry>()], isLast ? null : page[^1]);
    }

    public async Task<Outcome<ResetFinishReply>> FinishReset(ResetFinishRequest request, SignInOrigin origin)
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

        if (!(await Recovery.Find(origin)).Succeeded(out var reset, out var wrong) || State.Account is not { } account)
        {
            return wrong ?? Grains.Recovery.RecoveryDecisions.WrongCode;
        }

        if (!RegistrationDecisions.IsRecord(request.RegistrationRecord) || !IsRing(request.SealedKeyRing)
            || (request.NewKeys is { } keys && !IsRing(keys.RecoverySealedKeyRing)))
        {
            return Invalid("The registration record is none, or a sealed key ring has a wrong length.");
        }

        var isProved = request.RecoveryProof is { } proof && account.Profile.Verify() is { } profile && RecoveryProof.Verify(
            proof, origin.HandshakeHash, request.RegistrationRecord, request.SealedKeyRing, profile.SigningKey);
        if (request.RecoveryProof is not null && !isProved)
        {
            return Invalid("The proof is not made with the account's key ring on this connection.");
        }

        var command = new ResetPassword(
            reset.Generation, SHA256.HashData(request.RegistrationRecord), SHA256.HashData(request.SealedKeyRing),
            request.NewKeys is { } ring ? SHA256.HashData(ring.RecoverySealedKeyRing) : null, request.NewKeys?.Profile, isProved,
            IsCodeUsed: false);
        if (request.OneTimeCode is { } code && KeyDecisions.Reset(State, command, now).Refusal?.Code == ErrorCode.CodeRequired)
        {
            if (await UseCodeAsync(code, origin.Address, now) is { } wrongCode)
            {
                return wrongCode;
            }

            command = command with { IsCodeUsed = true };
        }

        if (await ChangeKeysAsync(
            request.RegistrationRecord, request.SealedKeyRing, request.NewKeys?.RecoverySealedKeyRing, NoticeMail.PasswordReset, now,
            state => KeyDecisions.Reset(state, command, now)) is { } refusal)
        {
            return refusal;
        }

        if (command.IsCodeUsed)
        {
            _codeUsedBy = (origin, now + _codeLimits.Patience);
        }

        _desk.Logger.PasswordReset(_account, isProved);
        await Recovery.Close();
        return new ResetFinishReply(_account);
    }

    private IRecoveryGrain Recovery => GrainFactory.GetGrain<IRecoveryGrain>(_account.ToString());

    private static bool IsRing(byte[] box) => box.Length is >= 1 and <= RegistrationDecisions.MaxRingLength;

    private async Task<Outcome<LossEntry>> LossOfAsync(FileId file, SignInOrigin origin)
    {
        if (State.Files.Find(file) is not { } listed)
        {
            return await File(file).GetLoss(_account, origin);
        }

        var newest = listed.Versions[^1];
        return newest.HeaderLength >= MinKeyHeaderLength
            ? new LossEntry(file, IsReceived: false, newest.Length, listed.StoredAt)
            : NoFile();
    }
}

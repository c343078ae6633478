using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Vault.Cryptography;
using Vault.Cryptography.Opaque;
using Vault.Cryptography.Primitives;
using Vault.Grains.EventSourcing;
using Vault.Protocol;

namespace Vault.Grains.Users;

/// <summary>What is decided of registrations. Pure.</summary>
internal static class RegistrationDecisions
{
    /// <summary>The longest sealed key ring accepted, in bytes.</summary>
    public const int MaxRingLength = 64 * 1024;

    private const string RecipientPrefix = "age1pq1", ServerKeyPrefix = "vaultserver1";

    /// <summary>The account that a request asks for, or why it cannot be.</summary>
    /// <returns>Whether <paramref name="registered"/> is what to register.</returns>
    public static bool TryRead(
        RegistrationFinishRequest request,
        [NotNullWhen(true)] out AccountRegistered? registered, [NotNullWhen(false)] out Problem? problem)
    {
        problem = Check(request, out var email);
        registered = problem is null
            ? new AccountRegistered(
                email.Value, 1, SHA256.HashData(request.RegistrationRecord), SHA256.HashData(request.SealedKeyRing),
                SHA256.HashData(request.RecoverySealedKeyRing), request.Profile)
            : null;
        return problem is null;
    }

    /// <summary>Registers an account that has no events; the same registration again is already so.</summary>
    public static Decision<UserEvent> Register(UserState state, AccountRegistered wanted)
    {
        if (state.Closed is not null)
        {
            // The address is freed first of all; whoever comes this early is told to come again.
            return new Problem(ErrorCode.ServerBusy, "The account that had this address is being removed. Try again in a moment.");
        }

        if (state.Account is not { } account)
        {
            return wanted;
        }

        var isSame = account.Email == wanted.Email && account.Generation == wanted.Generation
            && CryptographicOperations.FixedTimeEquals(account.RecordHash, wanted.RecordHash)
            && CryptographicOperations.FixedTimeEquals(account.RingHash, wanted.RingHash)
            && CryptographicOperations.FixedTimeEquals(account.RecoveryRingHash, wanted.RecoveryRingHash)
            && account.Profile.Bytes.AsSpan().SequenceEqual(wanted.Profile.Bytes);
        return isSame
            ? Decision<UserEvent>.Nothing
            : new Problem(ErrorCode.Conflict, "This address has an account already. Log in to it.");
    }

    private static Problem? Check(RegistrationFinishRequest request, out EmailAddress email)
    {
        if (!EmailAddress.TryParse(request.Email, out email))
        {
            return Invalid("This is no e-mail address that the vault accepts.");
        }

        if (!IsRecord(request.RegistrationRecord)
            || request.SealedKeyRing.Length is < 1 or > MaxRingLength
            || request.RecoverySealedKeyRing.Length is < 1 or > MaxRingLength)
        {
            return Invalid("The registration record is none, or a sealed key ring has a wrong length.");
        }

        if (request.Profile.Verify() is not { } profile)
        {
            return Invalid("The profile is not signed by the key in it.");
        }

        if (profile.Email != email.Value || profile.Version != 1 || profile.PreviousProfile is not null || !IsWellFormed(profile))
        {
            return Invalid("The profile is not this account's first one.");
        }

        return null;
    }

    /// <summary>Whether a profile's keys look like keys.</summary>
    public static bool IsWellFormed(Profile profile) =>
        profile.SigningKey.Length == Ed25519.PublicKeyLength
        && profile.Recipient.StartsWith(RecipientPrefix, StringComparison.Ordinal)
        && profile.ServerKey.StartsWith(ServerKeyPrefix, StringComparison.Ordinal);

    /// <summary>Whether the bytes are an OPAQUE registration record.</summary>
    public static bool IsRecord(byte[] record)
    {
        try
        {
            OpaqueServer.ValidateRecord(record);
            return true;
        }
        catch (CryptographyException)
        {
            return false;
        }
    }

    private static Problem Invalid(string detail) => new(ErrorCode.InvalidRequest, detail);
}

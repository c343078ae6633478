using System.Security.Cryptography;
using Vault.Grains.EventSourcing;
using Vault.Protocol;

namespace Vault.Grains.Users;

/// <summary>A reset, checked for itself.</summary>
/// <param name="Generation">Of the record that it is good for.</param>
/// <param name="RecoveryRing">SHA-256 of the new ring under a new recovery key; null with the recovery key.</param>
/// <param name="IsRecoveryProved">Whether the old key ring was opened with the recovery key.</param>
/// <param name="IsCodeUsed">Whether a code of the second factor was used up for it.</param>
internal sealed record ResetPassword(
    int Generation, byte[] Record, byte[] Ring, byte[]? RecoveryRing, SignedProfile? Profile, bool IsRecoveryProved, bool IsCodeUsed);

/// <summary>A change of keys that the owner makes, as hashes. What is null stays.</summary>
internal sealed record ChangeKeys(byte[]? Record, byte[]? Ring, byte[]? RecoveryRing, SignedProfile? Profile, int? Restored);

/// <summary>What is decided of passwords, key rings and recovery keys. Pure.</summary>
internal static class KeyDecisions
{
    /// <summary>For how long after it was started a session may change what opens the account.</summary>
    public static readonly TimeSpan FreshFor = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Resets the password. With the recovery key the key ring stays; without it a profile of new keys has to follow the present one.
    /// The same reset again is already so; another one that was opened for a record before this is none any more.
    /// </summary>
    public static Decision<UserEvent> Reset(UserState state, ResetPassword command, DateTimeOffset now)
    {
        if (state.Account is not { } account)
        {
            return Recovery.RecoveryDecisions.WrongCode;
        }

        if (account.Generation == command.Generation + 1 && IsSame(account.RecordHash, command.Record)
            && IsSame(account.RingHash, command.Ring))
        {
            return Decision<UserEvent>.Nothing;
        }

        if (account.Generation != command.Generation)
        {
            return Recovery.RecoveryDecisions.WrongCode;
        }

        if (CheckSecondFactor(state, command) is { } missing)
        {
            return missing;
        }

        if (command.IsRecoveryProved != command.Profile is null || command.Profile is null != command.RecoveryRing is null)
        {
            return Invalid("A reset proves the recovery key or brings a new key ring, and not both.");
        }

        if (command.Profile is { } profile && CheckNext(account, profile, isSigned: false) is { } wrong)
        {
            return wrong;
        }

        return new PasswordReset(Next(account, command.Record, command.Ring, command.RecoveryRing), command.Profile, now);
    }

    /// <summary>
    /// What a reset needs besides the mailed code, null where nothing is missing. The recovery key
    /// (<see cref="ResetPassword.IsRecoveryProved"/>) stands in for the second factor.
    /// </summary>
    private static Problem? CheckSecondFactor(UserState state, ResetPassword command) =>
        state.SecondFactor.IsOn && !command.IsRecoveryProved && !command.IsCodeUsed
            ? new Problem(ErrorCode.CodeRequired, "This account has a second factor: the reset needs it, or the recovery key.")
            : null;

    /// <summary>Changes what the owner asks for, in a session that was just started with the password.</summary>
    public static Decision<UserEvent> Change(
        UserState state, Interfaces.SessionKey session, ChangeKeys command, DateTimeOffset now)
    {
        if (state.Account is not { } account || state.Sessions.Find(session, now) is not { } running)
        {
            return new Problem(ErrorCode.NotAuthenticated, "Log in first.");
        }

        if (IsDone(account, command))
        {
            return Decision<UserEvent>.Nothing;
        }

        if (running.StartedAt + FreshFor <= now)
        {
            return new Problem(ErrorCode.NotPermitted, "This needs the password again: log in anew.");
        }

        if (command.Profile is { } profile && CheckNext(account, profile, isSigned: true) is { } wrong)
        {
            return wrong;
        }

        var keys = Next(account, command.Record, command.Ring, command.RecoveryRing);
        return command switch
        {
            { Record: not null, Ring: not null, Restored: null } when (command.Profile is null) == (command.RecoveryRing is null) =>
                new PasswordChanged(keys, command.Profile, session, now),
            { Record: null, Ring: null, RecoveryRing: not null, Profile: null, Restored: null } => new RecoveryKeyReplaced(keys, now),
            { Record: null, Ring: not null, RecoveryRing: not null, Profile: null, Restored: { } restored }
                when account.Lost.Exists(ring => ring.RecoveryGeneration == restored) => new KeyRingRestored(keys, restored, now),
            _ => Invalid("These keys do not change together."),
        };
    }

    private static bool IsDone(Account account, ChangeKeys command) =>
        (command.Record ?? command.Ring ?? command.RecoveryRing) is not null
        && (command.Record is null || IsSame(command.Record, account.RecordHash))
        && (command.Ring is null || IsSame(command.Ring, account.RingHash))
        && (command.RecoveryRing is null || IsSame(command.RecoveryRing, account.RecoveryRingHash))
        && (command.Profile is null || IsSame(command.Profile.Bytes, account.Profile.Bytes));

    private static AccountKeys Next(Account account, byte[]? record, byte[]? ring, byte[]? recoveryRing) => new(
        record is null ? account.Generation : account.Generation + 1, record ?? account.RecordHash, ring ?? account.RingHash,
        recoveryRing is null ? account.RecoveryGeneration : account.RecoveryGeneration + 1, recoveryRing ?? account.RecoveryRingHash);

    /// <summary>Whether a profile can take the place of the present one.</summary>
    /// <param name="isSigned">Whether the keys before must have signed it.</param>
    private static Problem? CheckNext(Account account, SignedProfile next, bool isSigned)
    {
        var isNext = next.Verify() is { } profile && account.Profile.Verify() is { } present
            && profile.Email == account.Email && profile.Version == present.Version + 1
            && profile.PreviousProfile is { } previous && IsSame(previous, account.Profile.Hash())
            && RegistrationDecisions.IsWellFormed(profile)
            && (isSigned ? next.IsSignedBy(present.SigningKey) : next.PreviousSignature is null);
        return isNext ? null : Invalid("The profile does not follow the present one.");
    }

    private static bool IsSame(byte[] a, byte[] b) => CryptographicOperations.FixedTimeEquals(a, b);

    private static Problem Invalid(string detail) => new(ErrorCode.InvalidRequest, detail);
}

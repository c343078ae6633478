using System.Security.Cryptography;
using Vault.Grains.EventSourcing;
using Vault.Protocol;

namespace Vault.Grains.Users;

/// <summary>What is decided of the second factor. Pure; codes were compared with secrets before.</summary>
internal static class SecondFactorDecisions
{
    /// <summary>Keeps a secret until a code made with it comes back; another one takes its place.</summary>
    public static Decision<UserEvent> Prepare(UserState state, byte[] sealedSecret) => state.SecondFactor.IsOn
        ? new Problem(ErrorCode.Conflict, "The second factor is on already. Switch it off first.")
        : new TotpPrepared(sealedSecret);

    /// <summary>Switches it on. The same command again, known by its backup codes, is already so.</summary>
    /// <param name="step">The time step that the code belongs to; null where it is no code of the prepared secret.</param>
    public static Decision<UserEvent> Enable(UserState state, long? step, IReadOnlyList<byte[]> backupCodes)
    {
        if (state.SecondFactor.IsOn)
        {
            return backupCodes.Any(hash => Find(state, hash) is not null)
                ? Decision<UserEvent>.Nothing
                : new Problem(ErrorCode.Conflict, "The second factor is on already. Switch it off first.");
        }

        if (state.SecondFactor.Prepared is null)
        {
            return new Problem(ErrorCode.Conflict, "There is no secret yet that a code could be made with. Start anew.");
        }

        return step is { } found ? new TotpEnabled(found, backupCodes) : WrongCode();
    }

    /// <summary>Uses a code up: each time step once, each backup code once.</summary>
    public static Decision<UserEvent> Use(UserState state, CodeProof proof)
    {
        if (proof.Step is { } step && step > state.SecondFactor.LastStep)
        {
            return new OneTimeCodeUsed(step);
        }

        return proof.BackupCode is { } hash && Find(state, hash) is { } unused ? new BackupCodeUsed(unused) : WrongCode();
    }

    /// <summary>Switches it off.</summary>
    public static Decision<UserEvent> Disable(UserState state, CodeProof proof)
    {
        if (!state.SecondFactor.IsOn)
        {
            return Decision<UserEvent>.Nothing;
        }

        return Use(state, proof).Refusal is { } refusal ? refusal : new TotpDisabled();
    }

    /// <summary>Why a code was refused; wrong, old and used ones look alike.</summary>
    public static Problem WrongCode() => new(ErrorCode.CodeInvalid, "The code is wrong, too old, or was used already.");

    private static byte[]? Find(UserState state, byte[] hash)
    {
        byte[]? found = null;
        foreach (var code in state.SecondFactor.BackupCodes)
        {
            found = CryptographicOperations.FixedTimeEquals(code, hash) ? code : found;
        }

        return found;
    }
}

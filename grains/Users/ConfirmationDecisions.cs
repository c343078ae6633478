using System.Security.Cryptography;
using Vault.Grains.EventSourcing;
using Vault.Protocol;

namespace Vault.Grains.Users;

/// <summary>A registration that waits for its code.</summary>
/// <param name="CodeHash">Keyed hash of the code that was mailed last; null before.</param>
internal sealed record AskedRegistration(CommandId Id, AccountRegistered Registration, byte[]? CodeHash, DateTimeOffset ExpiresAt);

/// <summary>What is decided of registrations that a mailed code confirms. Pure.</summary>
internal static class ConfirmationDecisions
{
    /// <summary>How many may wait for one address at once: others may register it too, and the owner's mail decides.</summary>
    public const int MaxWaiting = 3;

    /// <summary>Keeps a registration; the oldest of too many goes.</summary>
    public static Decision<UserEvent> Ask(UserState state, CommandId id, AccountRegistered registration, DateTimeOffset expiresAt) =>
        state is { Account: null, Closed: null } ? new RegistrationAsked(id, registration, expiresAt) : Decision<UserEvent>.Nothing;

    /// <summary>Notes the code that a mail takes along.</summary>
    public static Decision<UserEvent> Issue(UserState state, CommandId id, byte[] codeHash, DateTimeOffset now) =>
        state.Asked.Find(asked => asked.Id == id) is { } found && found.ExpiresAt > now
            ? new ConfirmationIssued(id, codeHash)
            : Decision<UserEvent>.Nothing;

    /// <summary>Makes the account of the registration whose code this is; the same code again is already so.</summary>
    public static Decision<UserEvent> Confirm(UserState state, byte[]? codeHash, DateTimeOffset now)
    {
        AskedRegistration? found = null;
        foreach (var asked in state.Asked)
        {
            var isIt = codeHash is not null && asked.CodeHash is { } hash && CryptographicOperations.FixedTimeEquals(hash, codeHash);
            found = isIt && asked.ExpiresAt > now ? asked : found;
        }

        if (state.Account is not null)
        {
            return state.ConfirmedBy is { } by && codeHash is not null && CryptographicOperations.FixedTimeEquals(by, codeHash)
                ? Decision<UserEvent>.Nothing
                : WrongCode();
        }

        return found is null ? WrongCode() : new RegistrationConfirmed(found.Id);
    }

    /// <summary>
    /// Ends registrations of which nobody confirmed any in time: for good, so that an activation that has missed it can add nothing any more
    /// to what is deleted then. Whoever registers the address next begins another account.
    /// </summary>
    public static Decision<UserEvent> Lapse(UserState state, DateTimeOffset now) =>
        state is { Account: null, Closed: null, Asked.IsEmpty: false } && state.Asked.TrueForAll(asked => asked.ExpiresAt <= now)
            ? new RegistrationsLapsed(now)
            : Decision<UserEvent>.Nothing;

    /// <summary>Why a code was refused; wrong, old and used ones, and those of addresses without any, look alike.</summary>
    public static Problem WrongCode() => new(ErrorCode.CodeInvalid, "The code is wrong, too old, or was used already.");
}

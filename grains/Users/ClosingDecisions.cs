using Vault.Grains.EventSourcing;
using Vault.Grains.Interfaces;
using Vault.Protocol;

namespace Vault.Grains.Users;

/// <summary>What is decided when an account is closed. Pure.</summary>
internal static class ClosingDecisions
{
    /// <summary>Closes the account, in a session that was just started with the password; closed by this session already is already so.</summary>
    /// <param name="isProved">Whether the account's own signing key wants it.</param>
    public static Decision<UserEvent> Close(UserState state, SessionKey session, bool isProved, DateTimeOffset now)
    {
        if (state.Closed?.By == session)
        {
            return Decision<UserEvent>.Nothing;
        }

        if (state.Account is null || state.Sessions.Find(session, now) is not { } running)
        {
            return new Problem(ErrorCode.NotAuthenticated, "Log in first.");
        }

        if (running.StartedAt + KeyDecisions.FreshFor <= now)
        {
            return new Problem(ErrorCode.NotPermitted, "This needs the password again: log in anew.");
        }

        return isProved
            ? new AccountClosed(now, session)
            : new Problem(ErrorCode.InvalidRequest, "The proof is not made with the account's key ring for this session.");
    }
}

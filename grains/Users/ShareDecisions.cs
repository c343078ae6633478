using System.Security.Cryptography;
using Vault.Grains.EventSourcing;
using Vault.Protocol;

namespace Vault.Grains.Users;

/// <summary>What an account decides of shares and contacts. Pure.</summary>
internal static class ShareDecisions
{
    /// <summary>Notes that others may have a file.</summary>
    public static Decision<UserEvent> NoteShared(UserState state, FileId file) =>
        state.Shares.Given.Contains(file) ? Decision<UserEvent>.Nothing : new FileShared(file);

    /// <summary>Remembers a file to ask; the latest grant's number tells an old answer from a new one.</summary>
    public static Decision<UserEvent> Announce(UserState state, FileId file, long number)
    {
        if (state.Account is null)
        {
            return new Problem(ErrorCode.NotFound, "There is no such account.");
        }

        if (state.Shares.Find(file) is { } known)
        {
            return known.Number >= number ? Decision<UserEvent>.Nothing : new ShareAnnounced(file, number);
        }

        return state.Shares.Received.Count >= UserShares.MaxReceived
            ? new Problem(ErrorCode.NotPermitted, "A recipient has received as many files as an account can.")
            : new ShareAnnounced(file, number);
    }

    /// <summary>Forgets what the files do not know of; nothing where it was announced anew since.</summary>
    public static Decision<UserEvent> Forget(UserState state, IEnumerable<AnnouncedShare> shares)
    {
        var gone = shares.Where(share => state.Shares.Find(share.File) == share).ToList();
        return gone.Count == 0 ? Decision<UserEvent>.Nothing : new SharesForgotten(gone);
    }

    /// <summary>Stores contacts that follow the ones there are; the same again is already so.</summary>
    public static Decision<UserEvent> StoreContacts(UserState state, int version, byte[] hash)
    {
        if (state.Contacts is { } known && known.Version == version
            && CryptographicOperations.FixedTimeEquals(known.Hash, hash))
        {
            return Decision<UserEvent>.Nothing;
        }

        return version - 1 == (state.Contacts?.Version ?? 0)
            ? new ContactsStored(version, hash)
            : new Problem(
                ErrorCode.Conflict, "Another client has stored contacts. Read them, and store yours as the next version.");
    }
}

using System.Security.Cryptography;
using Vault.Client.Contacts;
using Vault.Protocol;

namespace Vault.Client.Shares;

/// <summary>One share that the owner's own signature vouches for.</summary>
/// <param name="Person">The recipient as published now; null where the account is gone, or publishes what is no profile: that must not keep the
/// owner from the file, and from taking it back.</param>
/// <param name="IsOurs">Whether keys that this account has signed it; if not, lost ones may have, and it is shown but never renewed.</param>
internal sealed record Given(Grant Grant, DateTimeOffset GrantedAt, PublishedProfile? Person, bool IsOurs)
{
    /// <summary>Whether the recipient's account is closed.</summary>
    public bool IsGone { get; private init; }

    /// <summary>Whether the recipient still has the keys that the grant was made for.</summary>
    public bool IsReadable => Person is not null && Person.Hash.AsSpan().SequenceEqual(Grant.RecipientProfile);

    /// <summary>Believes of a server's answer only what this account signed and did not take back.</summary>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.IntegrityFailed"/>.</exception>
    internal static IReadOnlyList<Given> Check(FileSharesReply reply, FileId file, SignedIn me, Func<Grant, bool> isRevoked)
    {
        Require(reply.File == file, "The server answered for another file than the one asked for.");
        Require(
            reply.Target.Version >= 1 && reply.Target.NextNumber >= 1 && reply.Target.Manifest.Length == SHA256.HashSizeInBytes,
            "The server asks to sign a grant that cannot be.");
        var given = reply.Shares.Select(share => Check(share, reply, me, isRevoked)).ToList();
        Require(given.DistinctBy(share => share.Grant.Recipient).Count() == given.Count, "The server shows a share twice.");
        return given;
    }

    private static Given Check(GivenShare share, FileSharesReply reply, SignedIn me, Func<Grant, bool> isRevoked)
    {
        var ours = me.Ring.Signed(share.Grant.Verify);
        var grant = ours
            ?? (me.Ring.HasLost ? ProtocolJson.TryRead(share.Grant.Bytes, ProtocolJson.Default.Grant) : null)
            ?? throw VaultException.Forged("The server shows a share that you did not sign.");
        Require(
            grant.Owner == me.Account && grant.File == reply.File && grant.Recipient == share.Recipient,
            "The server shows a share in the place of another.");
        Require(
            grant.Version == reply.Target.Version && grant.Manifest.AsSpan().SequenceEqual(reply.Target.Manifest)
            && grant.Number < reply.Target.NextNumber && !isRevoked(grant),
            "The server shows a share that you have taken back.");
        return new Given(
            grant, share.GrantedAt,
            share.Profile is { } profile ? TryCheck(share.Recipient, profile, me) : null,
            ours is not null)
        {
            IsGone = share.Profile is null,
        };
    }

    private static PublishedProfile? TryCheck(AccountId recipient, SignedProfile profile, SignedIn me)
    {
        try
        {
            return PublishedProfile.Check(recipient, profile, me.Connection.ServerKey);
        }
        catch (VaultException)
        {
            return null;
        }
    }

    private static void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw VaultException.Forged(what);
        }
    }
}

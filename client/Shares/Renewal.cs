using Vault.Client.Files;
using Vault.Protocol;

namespace Vault.Client.Shares;

/// <summary>Gives a new version to everyone who had the one before; it is stored together with the version, or not at all.</summary>
/// <param name="without">Somebody who is to lose the file; null for nobody.</param>
/// <param name="removeOlder">Whether older versions and their payloads are deleted.</param>
internal sealed class Renewal(SignedIn me, AccountId? without = null, bool removeOlder = false)
{
    /// <summary>Reads who has the file, checks that each is still the same person, and signs.</summary>
    /// <param name="name">The new version's.</param>
    internal async Task<(VersionShares Shares, IReadOnlyList<LostShare> Lost)> MakeAsync(
        KeyedContent content, string name, Manifest manifest, byte[] manifestHash, CancellationToken cancellationToken)
    {
        var reply = await me.Connection.GetAsync(
            Routes.FileShares(manifest.File), ProtocolJson.Default.FileSharesReply, cancellationToken).ConfigureAwait(false);
        var given = Given.Check(reply, manifest.File, me, await me.Contacts.RevokedAsync(cancellationToken).ConfigureAwait(false));
        var there = given.Where(share => share is { Person: not null, IsOurs: true } && share.Grant.Recipient != without).ToList();
        if (there.Count > 0)
        {
            await RequireNameAsync(name, manifest.File, reply.Target, cancellationToken).ConfigureAwait(false);
        }

        // The grant that one signed is as good as a pin, which a server can keep from a machine that never saw the contacts.
        var granted = there.Where(share => share.IsReadable).Select(share => share.Grant.Recipient).ToHashSet();
        var meetings = await me.Contacts.MeetAsync(
            [.. there.Select(share => share.Person!)], cancellationToken, person => granted.Contains(person.Account)).ConfigureAwait(false); // none is null: see above
        var lost = given.Where(share => share.Person is null)
            .Select(share => new LostShare(
                share.Grant.Recipient.ToString(), share.Grant.Recipient, share.IsGone ? "The account is closed." : "The keys that the account publishes are none."))
            .Concat(given.Where(share => share is { Person: not null, IsOurs: false } && share.Grant.Recipient != without).Select(share => new LostShare(
                share.Person!.Profile.Email, share.Grant.Recipient, "The share was made with keys that you lost. Grant it again."))) // a person: see above
            .ToList();
        var grants = new List<ShareGrant>();
        foreach (var (share, meeting) in there.Zip(meetings))
        {
            if (meeting.Error is { } error)
            {
                lost.Add(new LostShare(meeting.Person.Profile.Email, meeting.Person.Account, error.Message));
                continue;
            }

            var grant = Grants.For(
                me.Account, manifest.File, manifest.Version, manifestHash, share.Grant.ExpiresAt, reply.Target.NextNumber + grants.Count);
            grants.Add(content.Grant(me.Ring, grant, meeting.Person));
        }

        var dropped = lost.Select(share => share.Account).Concat(without is { } leaving ? [leaving] : []);
        return (new VersionShares(grants, [.. dropped], removeOlder), lost);
    }

    // Which file has a name the server says: one that it names in the place of another would take what is sent to whoever has that one.
    private async Task RequireNameAsync(string name, FileId file, GrantTarget given, CancellationToken cancellationToken)
    {
        var (before, _, hash) = await OwnFiles.GetSignedAsync(me, file, given.Version, cancellationToken).ConfigureAwait(false);
        if (before.Name != name || !hash.AsSpan().SequenceEqual(given.Manifest))
        {
            throw VaultException.Forged($"The server says that '{name}' is a file that others have, and that one has another name.");
        }
    }
}

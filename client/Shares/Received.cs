using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Vault.Client.Contacts;
using Vault.Client.Files;
using Vault.Cryptography;
using Vault.Protocol;

namespace Vault.Client.Shares;

/// <summary>Files that others gave: named by metadata under the file key, believed because their owners signed.</summary>
internal sealed class Received(SignedIn me)
{
    // Numbers only rise: a grant that this session has seen replaced must not come back.
    private readonly ConcurrentDictionary<FileId, long> _seen = [];

    /// <summary>All of them, in the order of their ids. One that does not verify does not hide the others.</summary>
    internal async IAsyncEnumerable<ReceivedFile> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var paging = new Paging(Routes.ReceivedShares);
        while (paging.Path is { } path)
        {
            var page = await me.Connection.GetAsync(path, ProtocolJson.Default.ReceivedSharesPage, cancellationToken).ConfigureAwait(false);
            var owners = await MeetAsync(page, cancellationToken).ConfigureAwait(false);
            foreach (var share in page.Shares)
            {
                paging.Take(share.File);
                yield return Open(share, owners);
            }

            paging.Turn(page.Next);
        }
    }

    private async Task<Owners> MeetAsync(ReceivedSharesPage page, CancellationToken cancellationToken)
    {
        var owners = new Owners([], []);
        var people = new List<PublishedProfile>();
        foreach (var owner in page.Owners.DistinctBy(owner => owner.Account))
        {
            try
            {
                people.Add(PublishedProfile.Check(owner.Account, owner.Profile, me.Connection.ServerKey));
            }
            catch (VaultException error)
            {
                owners.Refused[owner.Account] = error; // whoever publishes what is no profile spoils only what they gave
            }
        }

        foreach (var meeting in await me.Contacts.MeetAsync(people, cancellationToken).ConfigureAwait(false))
        {
            owners.Met[meeting.Person.Account] = meeting;
        }

        return owners;
    }

    private ReceivedFile Open(ReceivedShare share, Owners owners)
    {
        try
        {
            if (owners.Refused.TryGetValue(share.Owner, out var refused))
            {
                throw refused;
            }

            if (!owners.Met.TryGetValue(share.Owner, out var owner))
            {
                throw VaultException.Forged("The server does not say whose file it is.");
            }

            return owner.Error is null ? Open(share, owner) : throw owner.Error;
        }
        catch (VaultException error)
        {
            return new ReceivedFile(share.File, null, null, error);
        }
    }

    private ReceivedFile Open(ReceivedShare share, Meeting owner)
    {
        var manifest = owner.Signed(key => share.Manifest.Verify(key, share.StoredAt))
            ?? throw VaultException.Forged("The file's manifest is not signed by its owner.");
        if (manifest.Owner != share.Owner || manifest.File != share.File || manifest.Version != share.Version)
        {
            throw VaultException.Forged("The file's manifest is for another file.");
        }

        var grant = VersionCheck.Granted(share.Grant, share.Header, share.Manifest, manifest, owner, me);
        if (_seen.AddOrUpdate(grant.File, grant.Number, (_, seen) => Math.Max(seen, grant.Number)) > grant.Number)
        {
            throw VaultException.Forged("The share is an older one than the server showed before.");
        }

        VersionCheck.Metadata(
            share.Metadata, share.Revised, share.Manifest, manifest, revision => owner.Signed(revision.Verify));
        var metadata = OpenMetadata(share, manifest);
        var file = VaultFile.From(share.File, share.Version, metadata, share.StoredAt, share.Header.Length + manifest.PayloadLength) with
        {
            Owner = new VaultFileOwner(share.Owner, owner.Pin.Email),
        };
        return new ReceivedFile(
            share.File, file,
            new VaultShare(
                share.File, metadata.Name, owner.Pin.Email, share.Owner, me.Contacts.FingerprintOf(owner.Person.Hash),
                owner.Pin.VerifiedAt is not null, share.GrantedAt, grant.ExpiresAt, grant.Number)
            {
                Direction = ShareDirection.Received,
                IsFirstContact = owner.IsFirst,
            },
            null);
    }

    private FileMetadata OpenMetadata(ReceivedShare share, Manifest manifest)
    {
        try
        {
            using var fileKey = me.Ring.Unwrap(share.Header, share.File.ToString());
            return VersionCheck.Opened(share.Metadata, share.Manifest, manifest, fileKey, VersionCheck.RevisionOf(share.Revised));
        }
        catch (CryptographyException error)
        {
            throw VaultException.Forged($"The file's header does not verify: {error.Message}");
        }
    }

    /// <summary>Whose files a page has: those whose profiles are such, and why the others' are none.</summary>
    private sealed record Owners(Dictionary<AccountId, Meeting> Met, Dictionary<AccountId, VaultException> Refused);
}

using System.Security.Cryptography;
using Vault.Client.Contacts;
using Vault.Client.Files;
using Vault.Cryptography.Primitives;
using Vault.Protocol;

namespace Vault.Client.Shares;

/// <summary>Gives one's own files to others, shows who has them, and takes them back.</summary>
internal sealed class Sharing(SignedIn me, string ownEmail)
{
    private const int Attempts = 10;

    /// <summary>Gives the newest version to people; each is told apart from the others.</summary>
    internal async Task<IReadOnlyList<GrantResult>> GrantAsync(
        VaultFile file, IReadOnlyList<string> recipients, GrantOptions options, CancellationToken cancellationToken)
    {
        RequireOwn(file);
        if (options.ExpiresAt <= DateTimeOffset.UtcNow)
        {
            throw new VaultException(VaultErrorCode.InvalidRequest, "The share would have ended already.", "Give a time in the future.");
        }

        var results = new Dictionary<string, GrantResult>(StringComparer.OrdinalIgnoreCase);
        var candidates = new List<Candidate>();
        foreach (var recipient in recipients.Select(typed => typed.Trim()).Distinct(StringComparer.OrdinalIgnoreCase))
        {
            try
            {
                var meeting = await MeetAsync(recipient, options, cancellationToken).ConfigureAwait(false);
                candidates.Add(new Candidate(recipient, meeting));
            }
            catch (VaultException error)
            {
                results[recipient] = new GrantResult(recipient, null, error);
            }
        }

        foreach (var chunk in candidates.DistinctBy(candidate => candidate.Person.Account).Chunk(GrantSharesRequest.MaxGrants))
        {
            foreach (var result in await GrantChunkAsync(file, [.. chunk], options, cancellationToken).ConfigureAwait(false))
            {
                results[result.Recipient] = result;
            }
        }

        return [.. recipients.Select(typed => typed.Trim()).Where(results.ContainsKey).Distinct(StringComparer.OrdinalIgnoreCase).Select(recipient => results[recipient])];
    }

    /// <summary>Who has a file.</summary>
    internal async Task<IReadOnlyList<VaultShare>> ListAsync(VaultFile file, CancellationToken cancellationToken)
    {
        RequireOwn(file);
        var (_, given) = await ReadAsync(file, cancellationToken).ConfigureAwait(false);
        return await ShowAsync(given, _ => file.Name, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>All files that somebody has, in the order of their ids.</summary>
    internal async Task<IReadOnlyList<VaultShare>> ListAsync(Func<FileId, string?> nameOf, CancellationToken cancellationToken)
    {
        var all = new List<VaultShare>();
        var isRevoked = await me.Contacts.RevokedAsync(cancellationToken).ConfigureAwait(false);
        var paging = new Paging(Routes.GivenShares);
        while (paging.Path is { } path)
        {
            var page = await me.Connection.GetAsync(path, ProtocolJson.Default.GivenSharesPage, cancellationToken).ConfigureAwait(false);
            foreach (var reply in page.Files)
            {
                paging.Take(reply.File);
                var given = Given.Check(reply, reply.File, me, isRevoked);
                all.AddRange(await ShowAsync(given, nameOf, cancellationToken).ConfigureAwait(false));
            }

            paging.Turn(page.Next);
        }

        return all;
    }

    /// <summary>Takes a file from somebody: the server gives it out no more. Who fetched it before keeps what was fetched.</summary>
    /// <param name="person">An address, as the list of shares shows it, or an account id.</param>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.NotFound"/>: the person does not have the file.</exception>
    internal async Task RevokeAsync(VaultFile file, string person, CancellationToken cancellationToken)
    {
        RequireOwn(file);
        var share = await FindAsync(file, person, cancellationToken).ConfigureAwait(false) ?? throw HasNot(file, person);
        await RevokeAsync(file, share, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Puts a file into the trash, and remembers that everybody has lost it.</summary>
    internal async Task TrashAsync(VaultFile file, CancellationToken cancellationToken)
    {
        var given = await GivenAsync(file, cancellationToken).ConfigureAwait(false);

        // Remembered first: whatever becomes of the request, no later version is given to these people again.
        await me.Contacts.RevokeAsync(
            [.. given.Select(share => new RevokedGrant(file.Id, share.Grant.Recipient, share.Grant.Number))], cancellationToken).ConfigureAwait(false);
        await me.Connection.PutAsync(Routes.FileTrash(file.Id), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The same, and a new version under a new file key for all others; the older payloads are deleted. For somebody who lost the
    /// file before, this alone: so what broke off is done again.</summary>
    internal async Task<VaultFile> RevokeAndRekeyAsync(
        VaultFile file, string person, SecretBytes? password, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        RequireOwn(file);
        using var rekey = await Rekey.OpenAsync(me, file, password, cancellationToken).ConfigureAwait(false); // before anything is taken back
        if (await FindAsync(file, person, cancellationToken).ConfigureAwait(false) is { } share)
        {
            await RevokeAsync(file, share, cancellationToken).ConfigureAwait(false);
            return await rekey.RunAsync(share.Account, progress, cancellationToken).ConfigureAwait(false);
        }

        return await me.Contacts.HasLostAsync(file.Id, Normal(person), cancellationToken).ConfigureAwait(false)
            ? await rekey.RunAsync(without: null, progress, cancellationToken).ConfigureAwait(false)
            : throw HasNot(file, person);
    }

    // Remembered first: whatever becomes of the request, the next version is not given to this person again.
    private async Task RevokeAsync(VaultFile file, VaultShare share, CancellationToken cancellationToken)
    {
        await me.Contacts.RevokeAsync([new RevokedGrant(file.Id, share.Account, share.Number)], cancellationToken).ConfigureAwait(false);
        await me.Connection.DeleteAsync(Routes.FileShare(file.Id, share.Account), cancellationToken).ConfigureAwait(false);
    }

    // One that is in the trash already has no shares, and is not listed.
    private async Task<IReadOnlyList<Given>> GivenAsync(VaultFile file, CancellationToken cancellationToken)
    {
        try
        {
            return (await ReadAsync(file, cancellationToken, isTaken: true).ConfigureAwait(false)).Given;
        }
        catch (VaultException error) when (error.Code == VaultErrorCode.NotFound)
        {
            return [];
        }
    }

    private async Task<VaultShare?> FindAsync(VaultFile file, string person, CancellationToken cancellationToken)
    {
        var wanted = Normal(person);
        var (_, given) = await ReadAsync(file, cancellationToken, isTaken: true).ConfigureAwait(false);
        var shares = await ShowAsync(given, _ => file.Name, cancellationToken).ConfigureAwait(false);
        return shares.FirstOrDefault(share => share.Person == wanted || share.Account.ToString() == wanted);
    }

    private static string Normal(string person) => EmailAddress.TryParse(person, out var email) ? email.Value : person.Trim();

    private static VaultException HasNot(VaultFile file, string person) => new(
        VaultErrorCode.NotFound, $"{Normal(person)} does not have '{file.Name}'.", "Get-VaultShare shows who has it.");

    /// <param name="brief">Whether who has the file is not asked for.</param>
    /// <param name="isTaken">Whether the file is to be taken from them: then one whom the server has not taken it from, though it was to,
    /// is as good as any.</param>
    private async Task<(GrantTarget Target, IReadOnlyList<Given> Given)> ReadAsync(
        VaultFile file, CancellationToken cancellationToken, bool brief = false, bool isTaken = false)
    {
        var path = Routes.FileShares(file.Id);
        var reply = await me.Connection.GetAsync(
            brief ? Routes.Brief(path) : path, ProtocolJson.Default.FileSharesReply, cancellationToken).ConfigureAwait(false);
        var given = Given.Check(
            reply, file.Id, me, brief || isTaken ? _ => false : await me.Contacts.RevokedAsync(cancellationToken).ConfigureAwait(false));
        return reply.Target.Version >= file.Version
            ? (reply.Target, given)
            : throw VaultException.Forged("The server shows an older version of the file as the newest than it did before.");
    }

    private async Task<IReadOnlyList<VaultShare>> ShowAsync(
        IReadOnlyList<Given> given, Func<FileId, string?> nameOf, CancellationToken cancellationToken)
    {
        var pins = (await me.Contacts.ReadAsync(cancellationToken).ConfigureAwait(false)).ToDictionary(pin => pin.Account);
        return [.. given.Select(share =>
        {
            var pin = pins.GetValueOrDefault(share.Grant.Recipient);
            var profile = share.Person?.Hash ?? share.Grant.RecipientProfile;
            var isPinned = pin is not null && pin.Profile.AsSpan().SequenceEqual(profile);
            return new VaultShare(
                share.Grant.File, nameOf(share.Grant.File), pin?.Email ?? share.Person?.Profile.Email ?? share.Grant.Recipient.ToString(),
                share.Grant.Recipient, me.Contacts.FingerprintOf(profile), isPinned && pin!.VerifiedAt is not null, share.GrantedAt, // pinned: there is one
                share.Grant.ExpiresAt, share.Grant.Number) { IsReadable = share.IsReadable };
        })];
    }

    private async Task<Meeting> MeetAsync(string recipient, GrantOptions options, CancellationToken cancellationToken)
    {
        if (!EmailAddress.TryParse(recipient, out var email))
        {
            throw new VaultException(VaultErrorCode.InvalidRequest, $"'{recipient}' is no e-mail address.", "Check its spelling.");
        }

        if (email.Value == ownEmail)
        {
            throw new VaultException(VaultErrorCode.InvalidRequest, "Your own files are yours already.", "Name somebody else.");
        }

        var person = await me.Contacts.FindAsync(email, cancellationToken).ConfigureAwait(false);
        if (person.Account == me.Account)
        {
            throw VaultException.Forged($"The server says that {email.Value} is you.");
        }

        if (options.Fingerprint is { } fingerprint)
        {
            await me.Contacts.ConfirmAsync(person, fingerprint, cancellationToken).ConfigureAwait(false);
        }

        var meeting = await me.Contacts.MeetAsync(person, cancellationToken).ConfigureAwait(false);
        return !options.RequireVerified || meeting.Pin.VerifiedAt is not null
            ? meeting
            : throw new VaultException(
                VaultErrorCode.ContactNotVerified, $"The fingerprint of {email.Value} was never confirmed.",
                $"Compare it with the person ({me.Contacts.FingerprintOf(person.Hash)}), then run Confirm-VaultContact.");
    }

    private async Task<IReadOnlyList<GrantResult>> GrantChunkAsync(
        VaultFile file, List<Candidate> candidates, GrantOptions options, CancellationToken cancellationToken)
    {
        var results = new List<GrantResult>();
        OpenedVersion? version = null;
        var brief = !options.Replace;
        try
        {
            for (var attempt = 1; ; attempt++)
            {
                // Who has the file may be a long list, and mostly the person is not on it: read only if the server says so.
                var (target, given) = await ReadAsync(file, cancellationToken, brief).ConfigureAwait(false);
                var renewed = RefuseThoseWhoHaveIt(candidates, given, options, results);
                if (candidates.Count == 0)
                {
                    return results;
                }

                if (version?.Manifest.Version != target.Version)
                {
                    version?.Dispose();
                    version = null;
                    version = await OpenNewestAsync(file, target, options.Password, cancellationToken).ConfigureAwait(false);
                }

                var grants = candidates.Select((candidate, index) => Grants.Sign(
                    me.Ring,
                    Grants.For(me.Account, file.Id, target.Version, target.Manifest, options.ExpiresAt, target.NextNumber + index),
                    version.FileKey, candidate.Person)).ToList();
                try
                {
                    var reply = await me.Connection.PutAsync(
                        Routes.FileShares(file.Id), new GrantSharesRequest(CommandId.New(), grants, options.Replace || renewed),
                        ProtocolJson.Default.GrantSharesRequest, ProtocolJson.Default.GrantSharesReply, cancellationToken).ConfigureAwait(false);
                    Check(reply, file.Id, target, grants.Count);
                    me.Heads.Remember(new[] { new History.SeenHead(file.Id.ToString(), reply.StreamVersion, reply.LineHash, IsChecked: false) });
                    results.AddRange(candidates.Select((candidate, index) => Granted(file, candidate, options, target.NextNumber + index)));
                    return results;
                }
                catch (VaultException error) when (error is { Code: VaultErrorCode.Conflict, Shares: { } conflict } && attempt < Attempts)
                {
                    brief = false;
                    await LookUpAgainAsync(conflict, candidates, options, results, cancellationToken).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            version?.Dispose();
        }
    }

    /// <summary>Sorts out who has the file already.</summary>
    /// <returns>Whether somebody's grant is put in the place of one for keys that the person no longer has.</returns>
    private static bool RefuseThoseWhoHaveIt(
        List<Candidate> candidates, IReadOnlyList<Given> given, GrantOptions options, List<GrantResult> results)
    {
        var renewed = false;
        foreach (var candidate in candidates.ToArray())
        {
            if (given.FirstOrDefault(share => share.Grant.Recipient == candidate.Person.Account) is not { } has)
            {
                continue;
            }

            if (!has.IsReadable)
            {
                renewed = true;
            }
            else if (!options.Replace)
            {
                candidates.Remove(candidate);
                results.Add(new GrantResult(candidate.Recipient, null, new VaultException(
                    VaultErrorCode.Conflict, $"{candidate.Recipient} has the file already.", "To change when the share ends, use -Force.")));
            }
        }

        return renewed;
    }

    // Keys that changed between the look-up and the grant are judged like any others.
    private async Task LookUpAgainAsync(
        ShareConflict conflict, List<Candidate> candidates, GrantOptions options, List<GrantResult> results, CancellationToken cancellationToken)
    {
        if (conflict.Reason != ShareConflictReason.ProfileChanged)
        {
            return;
        }

        for (var index = candidates.Count - 1; index >= 0; index--)
        {
            var candidate = candidates[index];
            if (!conflict.Recipients.Contains(candidate.Person.Account))
            {
                continue;
            }

            try
            {
                var meeting = await MeetAsync(candidate.Recipient, options, cancellationToken).ConfigureAwait(false);
                candidates[index] = candidate with { Meeting = meeting };
            }
            catch (VaultException error)
            {
                candidates.RemoveAt(index);
                results.Add(new GrantResult(candidate.Recipient, null, error));
            }
        }
    }

    private async Task<OpenedVersion> OpenNewestAsync(
        VaultFile file, GrantTarget target, SecretBytes? password, CancellationToken cancellationToken)
    {
        var newest = file.Version == target.Version
            ? file
            : await OwnFiles.GetVersionAsync(me, file.Id, target.Version, cancellationToken).ConfigureAwait(false);
        if (file.IsReadable && newest.Name != file.Name)
        {
            // Renamed meanwhile; or the server had something else stored as this file's next version.
            throw new VaultException(
                VaultErrorCode.Conflict, $"The newest version of '{file.Name}' has the name '{newest.Name}'; nobody was given it.",
                "List your files again. If you did not rename it, tell the server's operator.");
        }

        var version = await OpenedVersion.OpenAsync(me, newest, password, cancellationToken, brief: true).ConfigureAwait(false);
        if (version.Reply.Manifest.Hash().AsSpan().SequenceEqual(target.Manifest))
        {
            return version;
        }

        version.Dispose();
        throw VaultException.Forged("The server asks to grant another version than the one it shows.");
    }

    private static void Check(GrantSharesReply reply, FileId file, GrantTarget target, int count)
    {
        if (reply.File != file || reply.Version != target.Version || reply.LastNumber != target.NextNumber + count - 1
            || reply.StreamVersion < 1 || reply.LineHash.Length != 2 * SHA256.HashSizeInBytes)
        {
            throw VaultException.Forged("The server's receipt is not for what was granted.");
        }
    }

    private GrantResult Granted(VaultFile file, Candidate candidate, GrantOptions options, long number) => new(
        candidate.Recipient,
        new VaultShare(
            file.Id, file.Name, candidate.Person.Profile.Email, candidate.Person.Account, me.Contacts.FingerprintOf(candidate.Person.Hash),
            candidate.Meeting.Pin.VerifiedAt is not null, DateTimeOffset.UtcNow, options.ExpiresAt, number)
        {
            IsFirstContact = candidate.Meeting.IsFirst,
        },
        null);

    private static void RequireOwn(VaultFile file)
    {
        if (file.Owner is { } owner)
        {
            throw new VaultException(
                VaultErrorCode.NotPermitted, $"'{file.Name}' belongs to {owner.Email}.", "Only its owner can share it.");
        }
    }

    /// <summary>Somebody who is to have the file.</summary>
    private sealed record Candidate(string Recipient, Meeting Meeting)
    {
        public PublishedProfile Person => Meeting.Person;
    }
}

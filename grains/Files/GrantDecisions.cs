using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Vault.Cryptography.Primitives;
using Vault.Grains.EventSourcing;
using Vault.Protocol;

namespace Vault.Grains.Files;

/// <summary>A grant whose signature and header were checked.</summary>
internal sealed record ReadGrant(Grant Grant, ShareGrant Signed);

/// <summary>Everything that grants are decided on.</summary>
/// <param name="Profiles">SHA-256 of the profile that each recipient publishes now; none where there is no such account.</param>
internal sealed record GiveShares(
    FileId File, AccountId Owner, IReadOnlyList<ReadGrant> Grants, IReadOnlyDictionary<AccountId, byte[]> Profiles);

/// <summary>What is decided of shares. Pure.</summary>
internal static class GrantDecisions
{
    /// <summary>Checks form, header and signature of each grant, and that together they can be one command.</summary>
    public static bool TryRead(
        IReadOnlyList<ShareGrant> grants, byte[] signingKey,
        [NotNullWhen(true)] out IReadOnlyList<ReadGrant>? read, [NotNullWhen(false)] out Problem? problem)
    {
        read = null;
        var list = new List<ReadGrant>(grants.Count);
        var recipients = new HashSet<AccountId>();
        var number = 0L;
        foreach (var signed in grants)
        {
            // A list in JSON may hold nulls, whatever its type says.
            if (signed is null || signed.Grant.Signature.Length != Ed25519.SignatureLength
                || signed.Header.Length is < 1 or > ShareGrant.MaxHeaderLength)
            {
                problem = Invalid("A grant's signature or header has a wrong length.");
                return false;
            }

            if (signed.Grant.Verify(signingKey) is not { } grant)
            {
                problem = Invalid("A grant is not signed by the owner's key.");
                return false;
            }

            if (!IsSame(grant.Header, SHA256.HashData(signed.Header)))
            {
                problem = Invalid("A grant's header is not the one that was sent.");
                return false;
            }

            if (grant.Number <= number || !recipients.Add(grant.Recipient))
            {
                problem = Invalid("The grants' numbers do not rise, or two are for the same person.");
                return false;
            }

            number = grant.Number;
            list.Add(new ReadGrant(grant, signed));
        }

        (read, problem) = (list, null);
        return true;
    }

    /// <summary>Gives the newest version to people.</summary>
    public static Decision<FileEvent> Grant(
        FileState state, GiveShares command, GrantSharesRequest request, GrantBlob blob, DateTimeOffset now)
    {
        if (state.Shares.Commands.Find(done => done.Command == request.Command) is { } done)
        {
            return done.Blob == blob.Hash
                ? Decision<FileEvent>.Nothing
                : new Problem(ErrorCode.Conflict, "This command id was used for other grants. Send with a new one.");
        }

        if (state.Owner != command.Owner || state.NextGrant is not { } target)
        {
            return NotFound();
        }

        if (Check(state, command, target, now) is { } refused)
        {
            return refused;
        }

        var given = command.Grants.Select(grant => grant.Grant.Recipient)
            .Where(recipient => state.Shares.Find(recipient, now) is not null).ToList();
        if (!request.Replace && given.Count > 0)
        {
            return Conflict(
                ShareConflictReason.AlreadyGranted, "A recipient has the file already.", target, given);
        }

        return state.Shares.Live(now).Count - given.Count + command.Grants.Count > GrantSharesRequest.MaxShares
            ? Invalid($"A file can be given to {GrantSharesRequest.MaxShares} people at most.")
            : new SharesGranted(request.Command, target.Version, blob.Hash, blob.Grants, now);
    }

    /// <summary>Takes the file from one person; nothing where that person does not have it.</summary>
    public static Decision<FileEvent> Revoke(FileState state, AccountId recipient, DateTimeOffset now) =>
        state.Shares.ByRecipient.ContainsKey(recipient)
            ? new SharesRevoked([recipient], now)
            : Decision<FileEvent>.Nothing;

    /// <summary>Takes the file from everybody; nothing where nobody has it.</summary>
    public static Decision<FileEvent> RevokeAll(FileState state, DateTimeOffset now) =>
        state.Shares.ByRecipient.IsEmpty
            ? Decision<FileEvent>.Nothing
            : new SharesRevoked([.. state.Shares.ByRecipient.Keys], now);

    /// <summary>Whether grants that come with a new version are for it, and leave out nobody who has the file.</summary>
    /// <param name="target">What the grants must say of the new version.</param>
    public static Problem? CheckVersion(
        FileState state, GiveShares? command, IReadOnlyList<AccountId> dropped, GrantTarget target, DateTimeOffset now)
    {
        if (command is not null)
        {
            if (command.Grants.Any(grant => !IsFor(grant.Grant, target)))
            {
                return Invalid("A grant is not for the version that it comes with.");
            }

            if (Check(state, command, target, now) is { } refused)
            {
                return refused;
            }
        }

        var named = new HashSet<AccountId>(dropped);
        named.UnionWith(command?.Grants.Select(grant => grant.Grant.Recipient) ?? []);
        var leftOut = state.Shares.Live(now).Select(share => share.Grant.Recipient)
            .Where(recipient => !named.Contains(recipient)).ToList();
        return leftOut.Count == 0
            ? null
            : Conflict(
                ShareConflictReason.RecipientsLeftOut,
                "People have this file who are neither granted the new version nor dropped.", target, leftOut);
    }

    private static Problem? Check(FileState state, GiveShares command, GrantTarget target, DateTimeOffset now)
    {
        foreach (var (grant, _) in command.Grants)
        {
            if (grant.Owner != command.Owner || grant.File != command.File)
            {
                return Invalid("A grant names another owner or file.");
            }

            if (grant.Recipient == command.Owner)
            {
                return Invalid("Nobody can give a file to themselves.");
            }

            if (grant.ExpiresAt <= now)
            {
                return Invalid("A grant has expired already.");
            }
        }

        if (command.Grants.Any(grant => !IsFor(grant.Grant, target)))
        {
            return Conflict(
                ShareConflictReason.VersionChanged, "The file stands at another version. Sign grants for the target.",
                target, []);
        }

        if (command.Grants is [var first, ..] && first.Grant.Number <= state.Shares.LastNumber)
        {
            return Conflict(
                ShareConflictReason.NumberUsed, "A grant number is used up. Sign grants with higher ones.", target, []);
        }

        var changed = command.Grants.Select(grant => grant.Grant)
            .Where(grant => !command.Profiles.TryGetValue(grant.Recipient, out var hash)
                || !IsSame(hash, grant.RecipientProfile))
            .Select(grant => grant.Recipient).ToList();
        return changed.Count == 0
            ? null
            : Conflict(
                ShareConflictReason.ProfileChanged,
                "A recipient publishes another profile than the grant was made for, or none.", target, changed);
    }

    private static bool IsFor(Grant grant, GrantTarget target) =>
        grant.Version == target.Version && IsSame(grant.Manifest, target.Manifest);

    private static bool IsSame(byte[] a, byte[] b) => a.AsSpan().SequenceEqual(b);

    private static Problem Conflict(
        ShareConflictReason reason, string detail, GrantTarget target, IReadOnlyList<AccountId> recipients) =>
        new(ErrorCode.Conflict, detail, Shares: new ShareConflict(reason, recipients, target));

    private static Problem Invalid(string detail) => new(ErrorCode.InvalidRequest, detail);

    private static Problem NotFound() => new(ErrorCode.NotFound, "There is no such file.");
}

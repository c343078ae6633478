using System.Collections.Immutable;
using Vault.Protocol;
using Vault.Storage;

namespace Vault.Grains.Files;

/// <summary>A file in one person's hands.</summary>
/// <param name="Blob">Names the stored grants that <paramref name="Grant"/> is in, see <see cref="GrantBlob"/>.</param>
/// <param name="Version">The version that was granted last: the file's newest.</param>
/// <param name="Earlier">Older versions that this person was granted too, and that are still kept.</param>
internal sealed record FileShare(
    StoredGrant Grant, string Blob, int Version, DateTimeOffset GrantedAt, ImmutableArray<int> Earlier)
{
    /// <summary>Whether the share has not ended by itself.</summary>
    public bool IsLive(DateTimeOffset now) => Grant.ExpiresAt is not { } end || end > now;
}

/// <summary>A command that was done, and what it was answered.</summary>
internal sealed record GrantCommand(
    CommandId Command, string Blob, int Version, long LastNumber, long StreamVersion, string LineHash)
{
    /// <summary>The answer.</summary>
    public GrantSharesReply ToReply(FileId file) => new(file, Version, LastNumber, StreamVersion, LineHash);
}

/// <summary>Who has a file. Immutable; revoked shares are not in it, expired ones until the next version.</summary>
/// <param name="LastNumber">The highest grant number ever stored.</param>
/// <param name="Commands">The latest last, at most <see cref="MaxCommands"/>.</param>
/// <param name="Blobs">Stored grants that somebody's share is in; once the file is erased, those that still have to be deleted.</param>
internal sealed record FileShares(
    ImmutableDictionary<AccountId, FileShare> ByRecipient, long LastNumber, ImmutableList<GrantCommand> Commands,
    ImmutableHashSet<string> Blobs)
{
    /// <summary>How many commands are remembered. Part of what events mean: changing it changes replays.</summary>
    public const int MaxCommands = 64;

    /// <summary>Nobody has the file.</summary>
    public static FileShares Empty { get; } = new([], 0, [], []);

    /// <summary>The share of a person, unless it has ended.</summary>
    public FileShare? Find(AccountId recipient, DateTimeOffset now) =>
        ByRecipient.TryGetValue(recipient, out var share) && share.IsLive(now) ? share : null;

    /// <summary>The shares that have not ended, by grant number.</summary>
    public IReadOnlyList<FileShare> Live(DateTimeOffset now) =>
        [.. ByRecipient.Values.Where(share => share.IsLive(now)).OrderBy(share => share.Grant.Number)];

    /// <summary>After grants of the newest version.</summary>
    public FileShares Apply(SharesGranted granted, StreamHead head)
    {
        var shares = Add(granted.Blob, granted.Grants, granted.Version, granted.At);
        var commands = Commands.Add(new GrantCommand(
            granted.Command, granted.Blob, granted.Version, shares.LastNumber, head.Version, head.Hash.ToString()));
        return shares with { Commands = commands.Count > MaxCommands ? commands.RemoveAt(0) : commands };
    }

    /// <summary>Without these people.</summary>
    public FileShares Apply(SharesRevoked revoked) => Remove(revoked.Recipients);

    /// <summary>Whether somebody's share is in these stored grants.</summary>
    public bool IsIn(string blob) => ByRecipient.Values.Any(share => share.Blob == blob);

    /// <summary>After a new version that comes with grants.</summary>
    public FileShares Apply(SharedVersionStored stored)
    {
        var kept = this with { ByRecipient = ByRecipient.RemoveRange(stored.Dropped) };
        var shares = kept.Add(stored.Blob, stored.Grants, stored.Stored.Version, stored.Stored.StoredAt)
            .EndWith(stored.Stored.StoredAt);
        if (stored.RemovesOlder)
        {
            shares = shares with
            {
                ByRecipient = shares.ByRecipient.ToImmutableDictionary(
                    pair => pair.Key, pair => pair.Value with { Earlier = [] }),
            };
        }

        return shares with { Blobs = [.. shares.ByRecipient.Values.Select(share => share.Blob)] };
    }

    /// <summary>Without those that have ended by themselves.</summary>
    public FileShares EndWith(DateTimeOffset now) =>
        Remove([.. ByRecipient.Where(pair => !pair.Value.IsLive(now)).Select(pair => pair.Key)]);

    private FileShares Remove(IReadOnlyList<AccountId> recipients)
    {
        var left = recipients.Where(ByRecipient.ContainsKey).Select(recipient => ByRecipient[recipient].Blob).ToHashSet();
        return (this with { ByRecipient = ByRecipient.RemoveRange(recipients) }).LetGo(left);
    }

    /// <summary>Without those of these stored grants that nobody's share is in any more.</summary>
    private FileShares LetGo(HashSet<string> left)
    {
        if (left.Count == 0)
        {
            return this;
        }

        left.ExceptWith(ByRecipient.Values.Select(share => share.Blob));
        return this with { Blobs = Blobs.Except(left) };
    }

    private FileShares Add(string blob, IReadOnlyList<StoredGrant> grants, int version, DateTimeOffset at)
    {
        var shares = ByRecipient.ToBuilder();
        var left = new HashSet<string>();
        foreach (var grant in grants)
        {
            ImmutableArray<int> earlier = [];
            if (shares.TryGetValue(grant.Recipient, out var before))
            {
                left.Add(before.Blob);
                if (before.IsLive(at))
                {
                    earlier = before.Version < version ? before.Earlier.Add(before.Version) : before.Earlier;
                }
            }

            shares[grant.Recipient] = new FileShare(grant, blob, version, at, earlier);
        }

        var given = this with
        {
            ByRecipient = shares.ToImmutable(),
            LastNumber = grants.Select(grant => grant.Number).Append(LastNumber).Max(),
            Blobs = grants.Count == 0 ? Blobs : Blobs.Add(blob),
        };
        return given.LetGo(left);
    }
}

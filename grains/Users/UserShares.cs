using System.Collections.Immutable;
using Vault.Protocol;

namespace Vault.Grains.Users;

/// <summary>Which files to ask for shares, given and received. The files' own streams have the shares.</summary>
/// <param name="Given">Files of this account that others may have, by id.</param>
/// <param name="Received">Files that this account may have been given, by id.</param>
internal sealed record UserShares(ImmutableSortedSet<FileId> Given, ImmutableSortedSet<AnnouncedShare> Received)
{
    /// <summary>How many received files an account remembers at most.</summary>
    public const int MaxReceived = 100_000;

    private static readonly Comparer<FileId> ById = Comparer<FileId>.Create((a, b) => a.Value.CompareTo(b.Value));

    private static readonly Comparer<AnnouncedShare> ByFile =
        Comparer<AnnouncedShare>.Create((a, b) => a.File.Value.CompareTo(b.File.Value));

    /// <summary>None.</summary>
    public static UserShares Empty { get; } = new(
        ImmutableSortedSet.Create<FileId>(ById), ImmutableSortedSet.Create<AnnouncedShare>(ByFile));

    /// <summary>What a snapshot holds.</summary>
    public static UserShares Restore(IEnumerable<FileId> given, IEnumerable<AnnouncedShare> received) =>
        new(ImmutableSortedSet.CreateRange(ById, given), ImmutableSortedSet.CreateRange(ByFile, received));

    /// <summary>The announced share of a file.</summary>
    public AnnouncedShare? Find(FileId file) => Received.TryGetValue(new AnnouncedShare(file, 0), out var share) ? share : null;

    /// <summary>The given files behind an id, and whether there are more.</summary>
    public (IReadOnlyList<FileId> Page, bool HasMore) PageGiven(FileId? after, int limit) =>
        Page(Given, after is { } file ? Behind(Given, file) : 0, limit);

    /// <summary>The announced shares behind an id, and whether there are more.</summary>
    public (IReadOnlyList<AnnouncedShare> Page, bool HasMore) PageReceived(FileId? after, int limit) =>
        Page(Received, after is { } file ? Behind(Received, new AnnouncedShare(file, 0)) : 0, limit);

    public UserShares Apply(FileShared shared) => this with { Given = Given.Add(shared.File) };

    public UserShares Apply(FileRemoved removed) => this with { Given = Given.Remove(removed.File) };

    public UserShares Apply(ShareAnnounced announced)
    {
        var share = new AnnouncedShare(announced.File, announced.Number);
        return this with { Received = Received.Remove(share).Add(share) };
    }

    public UserShares Apply(SharesForgotten forgotten)
    {
        // One announced anew since then is another one.
        var gone = forgotten.Shares.Where(share => Find(share.File) is { } known && known.Number == share.Number);
        return this with { Received = Received.Except(gone) };
    }

    private static int Behind<T>(ImmutableSortedSet<T> set, T last)
    {
        var index = set.IndexOf(last);
        return index < 0 ? ~index : index + 1;
    }

    private static (IReadOnlyList<T> Page, bool HasMore) Page<T>(ImmutableSortedSet<T> set, int start, int limit)
    {
        var end = (int)Math.Min((long)start + limit, set.Count);
        var page = new T[end - start];
        for (var i = start; i < end; i++)
        {
            page[i - start] = set[i];
        }

        return (page, end < set.Count);
    }
}

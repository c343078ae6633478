using System.Collections.Immutable;
using Vault.Protocol;

namespace Vault.Grains.Users;

/// <summary>A kept version, as far as the owner's grain needs it.</summary>
/// <param name="Upload">The send that it came with.</param>
internal sealed record KeptVersion(
    UploadId Upload, int Version, byte[] ManifestHash, int HeaderLength, long PayloadLength, int PartSize)
{
    /// <summary>The send that stored its content, where that is another: a copy's.</summary>
    public UploadId? Copied { get; init; }

    /// <summary>The send that stored its content.</summary>
    public UploadId Content => Copied ?? Upload;

    /// <summary>What it takes of the quota, in bytes.</summary>
    public long Length => HeaderLength + PayloadLength;
}

/// <summary>A file in the owner's list.</summary>
/// <param name="OwnerMetadata">The newest version's.</param>
/// <param name="Versions">By version, the newest last.</param>
/// <param name="Revision">Of the metadata: 1 unless the newest version was renamed.</param>
internal sealed record ListedFile(
    FileId File, NameTag NameTag, byte[] OwnerMetadata, DateTimeOffset StoredAt, ImmutableArray<KeptVersion> Versions, int Revision = 1)
{
    /// <summary>What all versions take of the quota, in bytes.</summary>
    public long Length => Versions.Sum(version => version.Length);

    /// <summary>What the next manifest must say.</summary>
    public SendTarget Next => new(File, Versions[^1].Version + 1, Versions[^1].ManifestHash);

    /// <summary>The entry that the owner sees.</summary>
    public FileEntry ToEntry() => new(
        File, Versions[^1].Version, OwnerMetadata, Versions[^1].ManifestHash, Versions[^1].Length, StoredAt, Revision,
        HeaderLength: Versions[^1].HeaderLength);

    /// <summary>What the manifest of a kept version had to say.</summary>
    public SendTarget TargetOf(KeptVersion kept) =>
        new(File, kept.Version, Versions.LastOrDefault(other => other.Version < kept.Version)?.ManifestHash);
}

/// <summary>A file in the trash, as it was in the list.</summary>
internal sealed record TrashedFile(ListedFile File, DateTimeOffset At);

/// <summary>The owner's list, and the files that have left it but are not yet gone.</summary>
/// <remarks>Long lists are the point: files are kept packed, and found by indexes that are arrays.</remarks>
/// <param name="Listed">By file id, so that it can be paged.</param>
/// <param name="ByTag">The listed file with a name tag.</param>
/// <param name="ByUpload">The file, listed or in the trash, that an upload became a version of.</param>
/// <param name="Removing">Removed from the list; stream and content still to go.</param>
/// <param name="Replacing">Listed with a version that came in place of the older ones, whose content is still to go.</param>
/// <param name="Bytes">All kept versions' lengths together, those in the trash included.</param>
internal sealed record UserFiles(
    SortedStore<Guid, PackedFile> Listed, SortedStore<NameTag, Guid> ByTag, SortedStore<Guid, Guid> ByUpload,
    ImmutableHashSet<FileId> Removing,
    ImmutableDictionary<FileId, int> Replacing, long Bytes)
{
    /// <summary>In the trash, by id.</summary>
    public ImmutableDictionary<FileId, TrashedFile> Trashed { get; init; } = [];

    /// <summary>Sends whose versions are kept no more, by file; their content is still to go.</summary>
    public ImmutableDictionary<FileId, ImmutableArray<UploadId>> Surplus { get; init; } = [];

    /// <summary>Renamed; the file's stream still to be told.</summary>
    public ImmutableDictionary<FileId, FileRenamed> Renaming { get; init; } = [];

    /// <summary>How many kept versions refer to a content that another send stored.</summary>
    public ImmutableDictionary<UploadId, int> Copies { get; init; } = [];

    /// <summary>Whether a kept version has the content that this send stored.</summary>
    public bool Refers(UploadId content) => ByUpload.ContainsKey(content.Value) || Copies.ContainsKey(content);

    /// <summary>Whether work that spans two streams is unfinished.</summary>
    public bool IsUnfinished => !Removing.IsEmpty || !Replacing.IsEmpty || !Surplus.IsEmpty || !Renaming.IsEmpty;

    /// <summary>No files.</summary>
    public static UserFiles Empty { get; } = new(
        SortedStore<Guid, PackedFile>.Empty, SortedStore<NameTag, Guid>.Empty, SortedStore<Guid, Guid>.Empty, [], [], 0);

    /// <summary>The listed file with this id.</summary>
    public ListedFile? Find(FileId file) => Listed.TryGetValue(file.Value, out var listed) ? listed.Unpack() : null;

    /// <summary>The listed file with this name tag.</summary>
    public ListedFile? Find(NameTag tag) => ByTag.TryGetValue(tag, out var file) ? Find(new FileId(file)) : null;

    /// <summary>The listed file and its version that an upload became.</summary>
    public (ListedFile File, KeptVersion Version)? Find(UploadId upload) =>
        FileOf(upload) is { } file && Find(file) is { } listed
            ? (listed, listed.Versions.First(version => version.Upload == upload))
            : null;

    /// <summary>The file, listed or in the trash, that an upload became a version of.</summary>
    public FileId? FileOf(UploadId upload) => ByUpload.TryGetValue(upload.Value, out var file) ? new FileId(file) : null;

    /// <summary>The entries behind an id, and the id to go on behind where there are more.</summary>
    public FileListPage Page(FileId? after, int limit)
    {
        var page = Listed.After(after?.Value).Take(limit + 1).Select(listed => listed.Value.Unpack().ToEntry()).ToArray();
        return page.Length > limit ? new FileListPage(page[..limit], page[limit - 1].File) : new FileListPage(page, null);
    }

    /// <summary>The same of the trash.</summary>
    public FileListPage TrashPage(FileId? after, int limit)
    {
        var page = Trashed.Values.Where(trashed => after is not { } last || trashed.File.File.Value.CompareTo(last.Value) > 0)
            .OrderBy(trashed => trashed.File.File.Value).Take(limit + 1)
            .Select(trashed => trashed.File.ToEntry() with { TrashedAt = trashed.At }).ToArray();
        return page.Length > limit ? new FileListPage(page[..limit], page[limit - 1].File) : new FileListPage(page, null);
    }

    /// <summary>With more versions.</summary>
    public UserFiles Add(IReadOnlyList<(Reservation Reservation, CommittedSend Send)> versions)
    {
        var (listed, byTag, byUpload, copies) = (Listed, ByTag, ByUpload, Copies);
        foreach (var (reservation, send) in versions)
        {
            var kept = new KeptVersion(
                send.Upload, send.Version, send.ManifestHash, reservation.HeaderLength, reservation.PayloadLength,
                reservation.PartSize)
            {
                Copied = reservation.Content,
            };
            copies = Count(copies, [kept], 1);
            var file = new ListedFile(
                reservation.File, reservation.NameTag, send.OwnerMetadata, send.StoredAt, [kept]);
            if (listed.TryGetValue(file.File.Value, out var before))
            {
                file = Merge(before.Unpack(), file);
            }

            listed = listed.Set(file.File.Value, PackedFile.Pack(file));
            byTag = byTag.Set(file.NameTag, file.File.Value);
            byUpload = byUpload.Set(send.Upload.Value, file.File.Value);
        }

        return this with
        {
            Listed = listed,
            ByTag = byTag,
            ByUpload = byUpload,
            Copies = copies,
            Bytes = Bytes + versions.Sum(version => version.Reservation.Length),
        };
    }

    /// <summary>With a version that was just added in place of all older ones of its file.</summary>
    public UserFiles Replace(UploadId upload)
    {
        if (Find(upload) is not var (file, newest))
        {
            return this;
        }

        var older = file.Versions.RemoveAll(version => version.Version >= newest.Version);
        return this with
        {
            Listed = Set(file with { Versions = file.Versions.RemoveRange(older) }),
            ByUpload = ByUpload.RemoveRange(older.Select(version => version.Upload.Value)),
            Copies = Count(Copies, older, -1),
            Replacing = Replacing.SetItem(file.File, newest.Version),
            Bytes = Bytes - older.Sum(version => version.Length),
        };
    }

    public UserFiles Apply(ReplacementFinished finished) =>
        Replacing.TryGetValue(finished.File, out var version) && version == finished.Version
            ? this with { Replacing = Replacing.Remove(finished.File) }
            : this;

    public UserFiles Apply(FileNamed named) => Find(named.File) is not { } file ? this : this with
    {
        Listed = Set(file with { NameTag = named.NameTag, OwnerMetadata = named.OwnerMetadata }),
        ByTag = ByTag.Remove(file.NameTag).Set(named.NameTag, file.File.Value),
    };

    public UserFiles Apply(FileRemoved removed)
    {
        var isTrashed = Trashed.TryGetValue(removed.File, out var trashed);
        if ((trashed?.File ?? Find(removed.File)) is not { } file)
        {
            return this;
        }

        return this with
        {
            Listed = isTrashed ? Listed : Listed.Remove(file.File.Value),
            ByTag = isTrashed ? ByTag : ByTag.Remove(file.NameTag),
            Trashed = Trashed.Remove(file.File),
            ByUpload = ByUpload.RemoveRange(file.Versions.Select(version => version.Upload.Value)),
            Copies = Count(Copies, file.Versions, -1),
            Removing = Removing.Add(file.File),
            Replacing = Replacing.Remove(file.File),
            Surplus = Surplus.Remove(file.File),
            Renaming = Renaming.Remove(file.File),
            Bytes = Bytes - file.Length,
        };
    }

    public UserFiles Apply(FileTrashed trashed) => Find(trashed.File) is not { } file ? this : this with
    {
        Listed = Listed.Remove(file.File.Value),
        ByTag = ByTag.Remove(file.NameTag),
        Trashed = Trashed.SetItem(file.File, new TrashedFile(file, trashed.At)),
    };

    public UserFiles Apply(FileRestored restored) => !Trashed.TryGetValue(restored.File, out var trashed) ? this : this with
    {
        Listed = Set(trashed.File),
        ByTag = ByTag.Set(trashed.File.NameTag, restored.File.Value),
        Trashed = Trashed.Remove(restored.File),
    };

    public UserFiles Apply(OldVersionsRemoved removed)
    {
        if (Find(removed.File) is not { } file)
        {
            return this;
        }

        var gone = file.Versions.RemoveAll(version => !removed.Uploads.Contains(version.Upload));
        return this with
        {
            Listed = Set(file with { Versions = file.Versions.RemoveRange(gone) }),
            ByUpload = ByUpload.RemoveRange(removed.Uploads.Select(upload => upload.Value)),
            Copies = Count(Copies, gone, -1),
            Surplus = Surplus.SetItem(
                removed.File, [.. Surplus.TryGetValue(removed.File, out var before) ? before : [], .. removed.Uploads]),
            Bytes = Bytes - gone.Sum(version => version.Length),
        };
    }

    public UserFiles Apply(OldVersionsGone gone) => this with { Surplus = Surplus.Remove(gone.File) };

    public UserFiles Apply(FileRenamed renamed) => Find(renamed.File) is not { } file ? this : this with
    {
        Listed = Set(file with
        {
            NameTag = renamed.NameTag,
            OwnerMetadata = renamed.OwnerMetadata,
            Revision = renamed.Revision,
        }),
        ByTag = ByTag.Remove(file.NameTag).Set(renamed.NameTag, renamed.File.Value),
        Renaming = Renaming.SetItem(renamed.File, renamed),
    };

    public UserFiles Apply(RenameFinished finished) =>
        Renaming.TryGetValue(finished.File, out var open) && open.Version == finished.Version && open.Revision == finished.Revision
            ? this with { Renaming = Renaming.Remove(finished.File) }
            : this;

    public UserFiles Apply(RemovalFinished finished) => this with { Removing = Removing.Remove(finished.File) };

    /// <summary>The state that a snapshot holds.</summary>
    public static UserFiles Restore(
        IReadOnlyList<PackedFile> files, IReadOnlyList<StoredTrash> trashed, IReadOnlyList<FileId> removing,
        IReadOnlyDictionary<FileId, int> replacing, IReadOnlyDictionary<FileId, IReadOnlyList<UploadId>> surplus,
        IReadOnlyList<FileRenamed> renaming)
    {
        // The first request after a start waits for this.
        PackedFile[] kept = [.. files, .. trashed.Select(file => file.File)];
        var (listed, byTag, byUpload) = (Empty.Listed, Empty.ByTag, Empty.ByUpload);
        Parallel.Invoke(
            () => byTag = SortedStore<NameTag, Guid>.Create(files.Select(file => KeyValuePair.Create(file.NameTag, file.File.Value))),
            () =>
            {
                listed = SortedStore<Guid, PackedFile>.Create(files.Select(file => KeyValuePair.Create(file.File.Value, file)));
                byUpload = SortedStore<Guid, Guid>.Create(
                    kept.SelectMany(file => file.Uploads, (file, upload) => KeyValuePair.Create(upload.Value, file.File.Value)));
            });
        return new UserFiles(listed, byTag, byUpload, [.. removing], replacing.ToImmutableDictionary(), kept.Sum(file => file.Length))
        {
            Trashed = trashed.ToImmutableDictionary(file => file.File.File, file => new TrashedFile(file.File.Unpack(), file.At)),
            Copies = Count([], kept.Where(file => file.HasCopies).SelectMany(file => file.Unpack().Versions), 1),
            Surplus = surplus.ToImmutableDictionary(pair => pair.Key, pair => pair.Value.ToImmutableArray()),
            Renaming = renaming.ToImmutableDictionary(renamed => renamed.File),
        };
    }

    private static ImmutableDictionary<UploadId, int> Count(
        ImmutableDictionary<UploadId, int> copies, IEnumerable<KeptVersion> versions, int by)
    {
        foreach (var content in versions.Select(version => version.Copied).OfType<UploadId>())
        {
            var count = copies.GetValueOrDefault(content) + by;
            copies = count == 0 ? copies.Remove(content) : copies.SetItem(content, count);
        }

        return copies;
    }

    private static ListedFile Merge(ListedFile before, ListedFile added)
    {
        // A version found only after a crash may come behind a newer one.
        var newest = added.Versions[0].Version > before.Versions[^1].Version ? added : before;
        return newest with
        {
            Versions = before.Versions.Add(added.Versions[0]).Sort((a, b) => a.Version.CompareTo(b.Version)),
        };
    }

    private SortedStore<Guid, PackedFile> Set(ListedFile file) => Listed.Set(file.File.Value, PackedFile.Pack(file));
}

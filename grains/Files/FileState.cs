using System.Collections.Immutable;
using System.Text.Json;
using Vault.Grains.EventSourcing;
using Vault.Grains.Interfaces;
using Vault.Protocol;
using Vault.Storage;

namespace Vault.Grains.Files;

/// <summary>A version and where in the stream it stands.</summary>
/// <param name="RemovedOlder">Whether it came in place of all versions before it.</param>
/// <param name="Naming">The owner's word for a name that it was given later; null where it has the one that it was sent with.</param>
/// <param name="Revised">Its metadata, where they are not those that came with it.</param>
/// <param name="Copied">Its content, where another send stored that.</param>
internal sealed record StoredVersion(
    VersionStored Stored, byte[] ManifestHash, long StreamVersion, string LineHash, bool RemovedOlder, SignedNaming? Naming = null,
    MetadataRevised? Revised = null, CopiedContent? Copied = null)
{
    /// <summary>The send that its content was stored by.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public UploadId Content => Copied?.Upload ?? Stored.Upload;

    /// <summary>1 for the metadata that came with the version.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public int Revision => Revised?.Revision ?? 1;

    /// <summary>Sealed for the owner's list, as it is now.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public byte[] OwnerMetadata => Revised?.OwnerMetadata ?? Stored.OwnerMetadata;

    /// <summary>Sealed under the file key, as it is now.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public byte[] Metadata => Revised?.Metadata ?? Stored.Metadata;

    /// <summary>The entry that the owner sees among the versions.</summary>
    public FileEntry ToEntry(FileId file) => new(
        file, Stored.Version, OwnerMetadata, ManifestHash, Stored.Header.Length + Stored.PayloadLength, Stored.StoredAt, Revision);

    /// <summary>What a copy of it refers to.</summary>
    public StoredContent ToContent() => new(
        Content, Copied?.HeaderLength ?? Stored.Header.Length, Stored.PayloadLength, Stored.PartSize, Stored.PartHashes);

    /// <summary>What the client compares with what it sent.</summary>
    public Receipt ToReceipt(FileId file) => new(
        file, Stored.Version, ManifestHash, PartLayout.HashOfList(Stored.PartHashes), StreamVersion, LineHash);

    /// <summary>What the owner's list needs.</summary>
    public StoredSend ToStoredSend(FileId file) => new(ToReceipt(file), Stored.OwnerMetadata, Stored.StoredAt, RemovedOlder);
}

/// <summary>A version that another one came in place of.</summary>
/// <param name="By">The version in whose favour it went; 0 where it was too old to be kept.</param>
/// <param name="Content">The send that its content was stored by.</param>
internal sealed record ReplacedContent(UploadId Upload, int By, UploadId Content);

/// <summary>A file as its events left it. Immutable.</summary>
/// <param name="Owner">Null before the first version.</param>
/// <param name="Versions">In order, the newest last; empty once erased.</param>
/// <param name="Erased">The contents that an erased file had last, which may still have to be deleted; null while it exists. Those of
/// replaced versions went when they were replaced; one whose deletion was cut off then the sweep finds.</param>
/// <param name="Replaced">Versions that are no more; their upload ids are used up for good.</param>
/// <param name="Shares">Who has the file besides the owner.</param>
internal sealed record FileState(
    AccountId? Owner, ImmutableList<StoredVersion> Versions, IReadOnlyList<UploadId>? Erased,
    ImmutableList<ReplacedContent> Replaced, FileShares Shares)
{
    /// <summary>The state before the first event.</summary>
    public static FileState Empty { get; } = new(null, [], null, [], FileShares.Empty);

    /// <summary>The streams <c>files/{file id}</c>.</summary>
    public static Aggregate<FileState, FileEvent> Definition { get; } = new(
        "files",
        Empty,
        (state, next, head) => state.Apply(next, head),
        new EventCatalog<FileEvent>()
            .Add("file.version-stored.v1", FileJson.Stored.VersionStored)
            .Add("file.shared-version-stored.v1", FileJson.Stored.SharedVersionStored)
            .Add("file.version-copied.v1", FileJson.Stored.VersionCopied)
            .Add("file.shares-granted.v1", FileJson.Stored.SharesGranted)
            .Add("file.shares-revoked.v1", FileJson.Stored.SharesRevoked)
            .Add("file.version-named.v1", FileJson.Stored.VersionNamed)
            .Add("file.old-versions-dropped.v1", FileJson.Stored.OldVersionsDropped)
            .Add("file.metadata-revised.v1", FileJson.Stored.MetadataRevised)
            .Add("file.erased.v1", FileJson.Stored.FileErased),
        FileSnapshot.Format);

    /// <summary>The version that an upload became.</summary>
    public StoredVersion? Find(UploadId upload) => Versions.Find(version => version.Stored.Upload == upload);

    /// <summary>The version with this number; 0 is the newest.</summary>
    public StoredVersion? Find(int number) =>
        number == 0 ? Versions.LastOrDefault() : Versions.Find(version => version.Stored.Version == number);

    /// <summary>What the next manifest must say.</summary>
    public SendTarget Next(FileId file) =>
        Versions.LastOrDefault() is { } last
            ? new SendTarget(file, last.Stored.Version + 1, last.ManifestHash)
            : new SendTarget(file, 1, null);

    /// <summary>What the next grant must say; null where there is nothing to grant.</summary>
    public GrantTarget? NextGrant => Versions.LastOrDefault() is { } newest
        ? new GrantTarget(newest.Stored.Version, newest.ManifestHash, Shares.LastNumber + 1)
        : null;

    /// <summary>The state after one more event.</summary>
    public FileState Apply(FileEvent next, StreamHead head) => next switch
    {
        VersionStored stored => Add(stored, head, removesOlder: false) with { Shares = Shares.EndWith(stored.StoredAt) },
        SharedVersionStored shared => Add(shared.Stored, head, shared.RemovesOlder) with { Shares = Shares.Apply(shared) },
        VersionCopied copied => Add(copied.Stored, head, removesOlder: false, copied.Content) with
        {
            Shares = copied.Blob is { } blob
                ? Shares.Apply(new SharedVersionStored(copied.Stored, blob, copied.Grants, copied.Dropped, RemovesOlder: false))
                : Shares.EndWith(copied.Stored.StoredAt),
        },
        SharesGranted granted => this with { Shares = Shares.Apply(granted, head) },
        SharesRevoked revoked => this with { Shares = Shares.Apply(revoked) },
        VersionNamed named => this with
        {
            Versions = [.. Versions.Select(version => version.Stored.Version == named.Version
                ? version with { Stored = version.Stored with { OwnerMetadata = named.OwnerMetadata }, Naming = named.Naming }
                : version)],
        },
        OldVersionsDropped dropped => this with
        {
            Versions = Versions.RemoveAll(version => dropped.Uploads.Contains(version.Stored.Upload)),
            Replaced = Replaced.AddRange(Versions.Where(version => dropped.Uploads.Contains(version.Stored.Upload))
                .Select(version => new ReplacedContent(version.Stored.Upload, 0, version.Content))),
        },
        MetadataRevised revised => this with
        {
            Versions = [.. Versions.Select(version =>
                version.Stored.Version == revised.Version ? version with { Revised = revised } : version)],
        },
        FileErased => this with
        {
            Versions = [],
            Erased = [.. Versions.Select(version => version.Content)],
            Shares = Shares with { ByRecipient = [] },
        },
        _ => throw new StorageException(
            StorageError.Damaged, $"Event {head.Version} is none that changes a file: {next.GetType().Name}."),
    };

    private FileState Add(VersionStored stored, StreamHead head, bool removesOlder, CopiedContent? copied = null)
    {
        var version = new StoredVersion(
            stored, stored.Manifest.Hash(), head.Version, head.Hash.ToString(), removesOlder, Copied: copied);
        return removesOlder
            ? this with
            {
                Owner = stored.Owner,
                Versions = [version],
                Replaced = Replaced.AddRange(
                    Versions.Select(older => new ReplacedContent(older.Stored.Upload, stored.Version, older.Content))),
            }
            : this with { Owner = stored.Owner, Versions = Versions.Add(version) };
    }
}

/// <summary>A file state as it is stored.</summary>
internal sealed record FileSnapshot(
    AccountId? Owner, IReadOnlyList<StoredVersion> Versions, IReadOnlyList<UploadId>? Erased,
    IReadOnlyList<ReplacedContent> Replaced, IReadOnlyList<FileShare> Shares, long LastNumber,
    IReadOnlyList<GrantCommand> Commands, IReadOnlyList<string> Blobs)
{
    /// <summary>The form of today.</summary>
    public static SnapshotFormat<FileState> Format { get; } = new("file.state.v4", Write, Read);

    private static ReadOnlyMemory<byte> Write(FileState state) => StoredJson.WriteSnapshot(
        new FileSnapshot(
            state.Owner, state.Versions, state.Erased, state.Replaced, [.. state.Shares.ByRecipient.Values],
            state.Shares.LastNumber, state.Shares.Commands, [.. state.Shares.Blobs]),
        FileJson.Stored.FileSnapshot);

    private static FileState Read(ReadOnlyMemory<byte> json) =>
        JsonSerializer.Deserialize(json.Span, FileJson.Stored.FileSnapshot) is { } stored
            ? new FileState(
                stored.Owner, [.. stored.Versions], stored.Erased, [.. stored.Replaced],
                new FileShares(
                    stored.Shares.ToImmutableDictionary(share => share.Grant.Recipient), stored.LastNumber,
                    [.. stored.Commands], [.. stored.Blobs]))
            : throw new JsonException("A snapshot is an object.");
}

using System.Collections.Immutable;
using System.Text.Json;
using Vault.Grains.EventSourcing;
using Vault.Grains.Interfaces;
using Vault.Protocol;
using Vault.Storage;

namespace Vault.Grains.Files;

/// <summary>A version and where in the stream it stands.</summary>
internal sealed record StoredVersion(VersionStored Stored, byte[] ManifestHash, long StreamVersion, string LineHash)
{
    /// <summary>What the client compares with what it sent.</summary>
    public Receipt ToReceipt(FileId file) => new(
        file, Stored.Version, ManifestHash, PartLayout.HashOfList(Stored.PartHashes), StreamVersion, LineHash);

    /// <summary>What the owner's list needs.</summary>
    public StoredSend ToStoredSend(FileId file) => new(ToReceipt(file), Stored.OwnerMetadata, Stored.StoredAt);
}

/// <summary>A file as its events left it. Immutable.</summary>
/// <param name="Owner">Null before the first version.</param>
/// <param name="Versions">In order, the newest last; empty once erased.</param>
/// <param name="Erased">The contents of an erased file, which may still have to be deleted; null while it exists.</param>
internal sealed record FileState(
    AccountId? Owner, ImmutableList<StoredVersion> Versions, IReadOnlyList<UploadId>? Erased)
{
    /// <summary>The state before the first event.</summary>
    public static FileState Empty { get; } = new(null, [], null);

    /// <summary>The streams <c>files/{file id}</c>.</summary>
    public static Aggregate<FileState, FileEvent> Definition { get; } = new(
        "files",
        Empty,
        (state, next, head) => state.Apply(next, head),
        new EventCatalog<FileEvent>()
            .Add("file.version-stored.v1", FileJson.Stored.VersionStored)
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

    /// <summary>The state after one more event.</summary>
    public FileState Apply(FileEvent next, StreamHead head) => next switch
    {
        VersionStored stored => this with
        {
            Owner = stored.Owner,
            Versions = Versions.Add(
                new StoredVersion(stored, stored.Manifest.Hash(), head.Version, head.Hash.ToString())),
        },
        FileErased => this with { Versions = [], Erased = [.. Versions.Select(version => version.Stored.Upload)] },
        _ => throw new StorageException(
            StorageError.Damaged, $"Event {head.Version} is none that changes a file: {next.GetType().Name}."),
    };
}

/// <summary>A file state as it is stored.</summary>
internal sealed record FileSnapshot(
    AccountId? Owner, IReadOnlyList<StoredVersion> Versions, IReadOnlyList<UploadId>? Erased)
{
    /// <summary>The form of today.</summary>
    public static SnapshotFormat<FileState> Format { get; } = new("file.state.v1", Write, Read);

    private static byte[] Write(FileState state) => JsonSerializer.SerializeToUtf8Bytes(
        new FileSnapshot(state.Owner, state.Versions, state.Erased), FileJson.Stored.FileSnapshot);

    private static FileState Read(ReadOnlyMemory<byte> json) =>
        JsonSerializer.Deserialize(json.Span, FileJson.Stored.FileSnapshot) is { } stored
            ? new FileState(stored.Owner, [.. stored.Versions], stored.Erased)
            : throw new JsonException("A snapshot is an object.");
}

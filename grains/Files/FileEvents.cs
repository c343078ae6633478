using System.Text.Json.Serialization;
using Vault.Grains.EventSourcing;
using Vault.Protocol;

namespace Vault.Grains.Files;

/// <summary>Everything that happens to a file.</summary>
internal abstract record FileEvent;

/// <summary>A version exists from here on. Its content lies in the content store under owner and upload.</summary>
/// <param name="PartHashes">SHA-256 of each part of the payload, one behind the other.</param>
internal sealed record VersionStored(
    AccountId Owner, UploadId Upload, int Version, long PayloadLength, int PartSize, byte[] Header, byte[] PartHashes,
    byte[] OwnerMetadata, byte[] Metadata, SignedManifest Manifest, DateTimeOffset StoredAt) : FileEvent;

/// <summary>The file is gone for good; its content is deleted after this. Its id is never used again.</summary>
internal sealed record FileErased(DateTimeOffset At) : FileEvent;

[JsonSerializable(typeof(VersionStored))]
[JsonSerializable(typeof(FileErased))]
[JsonSerializable(typeof(FileSnapshot))]
internal sealed partial class FileJson : JsonSerializerContext
{
    /// <summary>The context with the options of everything stored.</summary>
    public static FileJson Stored { get; } = new(StoredJson.CreateOptions());
}

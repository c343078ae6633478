using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Vault.Cryptography.Primitives;
using Vault.Protocol;

namespace Vault.Client.Files;

/// <summary>What is known of a file's plaintext; leaves this machine only sealed.</summary>
/// <param name="Name">Normalised path.</param>
/// <param name="Size">Plaintext length, in bytes.</param>
/// <param name="ModifiedAt">Last write time of the source.</param>
/// <param name="Sha256">Of the plaintext.</param>
/// <param name="Protection">What opens it.</param>
internal sealed record FileMetadata(string Name, long Size, DateTimeOffset ModifiedAt, byte[] Sha256, FileProtection Protection)
{
    private const string OwnerLabel = "Vault/1 owner metadata", FileLabel = "Vault/1 metadata";

    /// <summary>The revision of the metadata that come with a version.</summary>
    internal const int FirstRevision = 1;

    // The sealing proves who wrote it, not that they wrote sense: names become paths on this machine.
    [JsonIgnore]
    private bool IsWellFormed => VaultPath.IsNormal(Name) && Size >= 0 && Sha256.Length == SHA256.HashSizeInBytes && Enum.IsDefined(Protection);

    /// <summary>Seals for the owner's list, under the metadata key.</summary>
    public byte[] SealForOwner(SecretBytes key, AccountId owner, SendTarget target) =>
        SealForOwner(key, owner, target.File, target.Version, FirstRevision);

    /// <summary>The same of a version that is stored already.</summary>
    public byte[] SealForOwner(SecretBytes key, AccountId owner, FileId file, int version, int revision) =>
        Seal(OwnerLabel, key, owner, file, version, revision);

    /// <summary>Seals for whoever opens the file, under a key from the file key.</summary>
    public byte[] SealForReaders(SecretBytes key, AccountId owner, SendTarget target) =>
        SealForReaders(key, owner, target.File, target.Version, FirstRevision);

    /// <summary>The same of a version that is stored already.</summary>
    public byte[] SealForReaders(SecretBytes key, AccountId owner, FileId file, int version, int revision) =>
        Seal(FileLabel, key, owner, file, version, revision);

    /// <returns>Null where anything was changed or belongs to another file.</returns>
    public static FileMetadata? OpenAsOwner(
        byte[] box, SecretBytes key, AccountId owner, FileId file, int version, int revision = FirstRevision) =>
        Open(OwnerLabel, box, key, owner, file, version, revision);

    /// <inheritdoc cref="OpenAsOwner" />
    public static FileMetadata? OpenAsReader(
        byte[] box, SecretBytes key, AccountId owner, FileId file, int version, int revision = FirstRevision) =>
        Open(FileLabel, box, key, owner, file, version, revision);

    /// <summary>Reads the plain form; null where it is none.</summary>
    internal static FileMetadata? Read(ReadOnlySpan<byte> json) =>
        ProtocolJson.TryRead(json, ClientJson.Default.FileMetadata) is { IsWellFormed: true } metadata ? metadata : null;

    private byte[] Seal(string label, SecretBytes key, AccountId owner, FileId file, int version, int revision) => XChaCha20Poly1305.Seal(
        JsonSerializer.SerializeToUtf8Bytes(this, ClientJson.Default.FileMetadata), AssociatedData(label, owner, file, version, revision),
        key.Span);

    private static FileMetadata? Open(string label, byte[] box, SecretBytes key, AccountId owner, FileId file, int version, int revision)
    {
        var plain = new byte[Math.Max(0, box.Length - XChaCha20Poly1305.Overhead)];
        return XChaCha20Poly1305.TryOpen(plain, box, AssociatedData(label, owner, file, version, revision), key.Span) ? Read(plain) : null;
    }

    // label ‖ 0 ‖ account (16) ‖ file (16) ‖ version (4, big-endian) ‖ metadata revision (4)
    private static byte[] AssociatedData(string label, AccountId owner, FileId file, int version, int revision)
    {
        var data = new byte[label.Length + 1 + (2 * VaultId.ByteLength) + 8];
        var rest = data.AsSpan(Encoding.ASCII.GetBytes(label, data) + 1);
        VaultId.ToBytes(owner).CopyTo(rest);
        VaultId.ToBytes(file).CopyTo(rest[VaultId.ByteLength..]);
        BinaryPrimitives.WriteInt32BigEndian(rest[(2 * VaultId.ByteLength)..], version);
        BinaryPrimitives.WriteInt32BigEndian(rest[((2 * VaultId.ByteLength) + 4)..], revision);
        return data;
    }
}

/// <summary>What opens a file.</summary>
public enum FileProtection
{
    /// <summary>The owner's own key.</summary>
    Key,

    /// <summary>A password of the file's own.</summary>
    Password,
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true, GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(FileMetadata))]
internal sealed partial class ClientJson : JsonSerializerContext;

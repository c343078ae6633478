namespace Vault.Protocol;

/// <summary>What the owner signs to give a stored version another name: its metadata sealed anew, under the next revision.</summary>
/// <param name="Owner">The account that has the file.</param>
/// <param name="File">The file.</param>
/// <param name="Version">The version, the newest at that time.</param>
/// <param name="Revision">2 for the first change; revision 1 is what came with the version and is in its manifest.</param>
/// <param name="Manifest">SHA-256 of the version's manifest bytes.</param>
/// <param name="OwnerMetadata">SHA-256 of the metadata as sealed for the owner's list.</param>
/// <param name="Metadata">SHA-256 of the metadata as sealed under the file key.</param>
public sealed record MetadataRevision(
    AccountId Owner, FileId File, int Version, int Revision, byte[] Manifest, byte[] OwnerMetadata, byte[] Metadata);

/// <summary>A revision's bytes and the owner's signature.</summary>
/// <param name="Bytes">UTF-8 JSON of <see cref="MetadataRevision"/>, exactly as signed.</param>
/// <param name="Signature">Ed25519 over <c>"Vault/1 metadata revision" ‖ 0x00 ‖ Bytes</c>, 64 bytes.</param>
public sealed record SignedRevision(byte[] Bytes, byte[] Signature)
{
    /// <summary>The longest revision accepted, in bytes.</summary>
    public const int MaxLength = 2 * 1024;

    /// <summary>Signs with the owner's seed.</summary>
    public static SignedRevision Sign(MetadataRevision revision, ReadOnlySpan<byte> signingSeed)
    {
        var bytes = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(revision, ProtocolJson.Default.MetadataRevision);
        return new SignedRevision(bytes, SignedBytes.Sign(SignedBytes.RevisionLabel, bytes, signingSeed));
    }

    /// <summary>Reads the revision if <paramref name="signingKey"/> signed it; null where anything does not hold.</summary>
    public MetadataRevision? Verify(ReadOnlySpan<byte> signingKey) =>
        Bytes.Length <= MaxLength && SignedBytes.Verify(SignedBytes.RevisionLabel, Bytes, Signature, signingKey)
            ? ProtocolJson.TryRead(Bytes, ProtocolJson.Default.MetadataRevision)
            : null;
}

/// <summary>Gives the newest version of a file another name.</summary>
/// <param name="NameTag">HMAC of the new normalised path, <see cref="ReserveSendRequest.NameTagLength"/> bytes.</param>
/// <param name="OwnerMetadata">Metadata sealed for the owner's list.</param>
/// <param name="Metadata">Metadata sealed under the file key.</param>
/// <param name="Revision">The signed revision that binds both.</param>
public sealed record RenameFileRequest(byte[] NameTag, byte[] OwnerMetadata, byte[] Metadata, SignedRevision Revision);

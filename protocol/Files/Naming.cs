using System.Text.Json;

namespace Vault.Protocol;

/// <summary>
/// What an owner signs with new keys to name a version that was sent with keys since lost, once its file password has opened it: this
/// very manifest, under this name. Always carried as the exact bytes that were signed (<see cref="SignedNaming"/>).
/// </summary>
/// <param name="Manifest">SHA-256 of the version's manifest bytes.</param>
/// <param name="OwnerMetadata">SHA-256 of the metadata sealed for the owner's list.</param>
public sealed record Naming(AccountId Owner, FileId File, int Version, byte[] Manifest, byte[] OwnerMetadata);

/// <summary>A naming's bytes and the owner's signature.</summary>
/// <param name="Bytes">UTF-8 JSON of <see cref="Naming"/>, exactly as signed.</param>
/// <param name="Signature">Ed25519 over <c>"Vault/1 naming" ‖ 0x00 ‖ Bytes</c>, 64 bytes.</param>
public sealed record SignedNaming(byte[] Bytes, byte[] Signature)
{
    /// <summary>The longest naming accepted, in bytes.</summary>
    public const int MaxLength = 1024;

    /// <summary>Signs with the owner's seed.</summary>
    public static SignedNaming Sign(Naming naming, ReadOnlySpan<byte> signingSeed)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(naming, ProtocolJson.Default.Naming);
        return new SignedNaming(bytes, SignedBytes.Sign(SignedBytes.NamingLabel, bytes, signingSeed));
    }

    /// <summary>Reads the naming if <paramref name="signingKey"/> signed it; null where anything does not hold.</summary>
    public Naming? Verify(ReadOnlySpan<byte> signingKey) =>
        Bytes.Length <= MaxLength && Signature.Length == SignedProfile.SignatureLength
        && SignedBytes.Verify(SignedBytes.NamingLabel, Bytes, Signature, signingKey)
            ? ProtocolJson.TryRead(Bytes, ProtocolJson.Default.Naming)
            : null;
}

/// <summary>Names the newest version of a file anew. Sent again it is done already.</summary>
/// <param name="NameTag">HMAC of the normalised path under the new keys, 32 bytes.</param>
/// <param name="OwnerMetadata">Metadata sealed for the owner's list.</param>
public sealed record NameFileRequest(byte[] NameTag, byte[] OwnerMetadata, SignedNaming Naming);

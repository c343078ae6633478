using System.Security.Cryptography;
using System.Text.Json;

namespace Vault.Protocol;

/// <summary>A grant's bytes and the owner's signature.</summary>
/// <param name="Bytes">UTF-8 JSON of <see cref="Grant"/>, exactly as signed.</param>
/// <param name="Signature">Ed25519 over <c>"Vault/1 grant" ‖ 0x00 ‖ Bytes</c>, 64 bytes.</param>
public sealed record SignedGrant(byte[] Bytes, byte[] Signature)
{
    /// <summary>The longest grant accepted, in bytes.</summary>
    public const int MaxLength = 1024;

    /// <summary>Signs with the owner's seed.</summary>
    public static SignedGrant Sign(Grant grant, ReadOnlySpan<byte> signingSeed)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(grant, ProtocolJson.Default.Grant);
        return new SignedGrant(bytes, SignedBytes.Sign(SignedBytes.GrantLabel, bytes, signingSeed));
    }

    /// <summary>Reads the grant if <paramref name="signingKey"/> signed it; null where anything does not hold.</summary>
    public Grant? Verify(ReadOnlySpan<byte> signingKey) =>
        Bytes.Length <= MaxLength && SignedBytes.Verify(SignedBytes.GrantLabel, Bytes, Signature, signingKey)
            ? ProtocolJson.TryRead(Bytes, ProtocolJson.Default.Grant)
            : null;

    /// <summary>SHA-256 of the bytes.</summary>
    public byte[] Hash() => SHA256.HashData(Bytes);
}

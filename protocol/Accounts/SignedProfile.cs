using System.Security.Cryptography;
using System.Text.Json;
using Vault.Cryptography.Primitives;

namespace Vault.Protocol;

/// <summary>A profile's bytes and the signature by the signing key that is in it.</summary>
/// <param name="Bytes">UTF-8 JSON of <see cref="Profile"/>, exactly as signed.</param>
/// <param name="Signature">Ed25519 over <c>"Vault/1 profile" ‖ 0x00 ‖ Bytes</c>, 64 bytes.</param>
public sealed record SignedProfile(byte[] Bytes, byte[] Signature)
{
    /// <summary>The longest profile accepted, in bytes.</summary>
    public const int MaxLength = 8 * 1024;

    /// <summary>Signs <paramref name="profile"/> with the seed that belongs to its signing key.</summary>
    public static SignedProfile Sign(Profile profile, ReadOnlySpan<byte> signingSeed)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(profile, ProtocolJson.Default.Profile);
        return new SignedProfile(bytes, SignedBytes.Sign(SignedBytes.ProfileLabel, bytes, signingSeed));
    }

    /// <summary>Reads the profile if its own key signed it; null where anything does not hold.</summary>
    public Profile? Verify()
    {
        if (Bytes.Length > MaxLength || ProtocolJson.TryRead(Bytes, ProtocolJson.Default.Profile) is not { } profile)
        {
            return null;
        }

        return SignedBytes.Verify(SignedBytes.ProfileLabel, Bytes, Signature, profile.SigningKey) ? profile : null;
    }

    /// <summary>SHA-256 of the bytes: what the next profile and grants refer to.</summary>
    public byte[] Hash() => SHA256.HashData(Bytes);

    /// <summary>How many bytes an Ed25519 signature has, for checks before use.</summary>
    public const int SignatureLength = Ed25519.SignatureLength;
}

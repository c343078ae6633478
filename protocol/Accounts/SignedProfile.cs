using System.Security.Cryptography;
using System.Text.Json;
using Vault.Cryptography.Primitives;

namespace Vault.Protocol;

/// <summary>A profile's bytes and the signature by the signing key that is in it.</summary>
/// <param name="Bytes">UTF-8 JSON of <see cref="Profile"/>, exactly as signed.</param>
/// <param name="Signature">Ed25519 over <c>"Vault/1 profile" ‖ 0x00 ‖ Bytes</c>, 64 bytes.</param>
/// <param name="PreviousSignature">The same by the signing key of the profile before, where the keys changed; null for version 1 and
/// where that key is lost.</param>
public sealed record SignedProfile(byte[] Bytes, byte[] Signature, byte[]? PreviousSignature = null)
{
    /// <summary>The longest profile accepted, in bytes.</summary>
    public const int MaxLength = 8 * 1024;

    /// <summary>Signs <paramref name="profile"/> with the seed that belongs to its signing key.</summary>
    public static SignedProfile Sign(Profile profile, ReadOnlySpan<byte> signingSeed)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(profile, ProtocolJson.Default.Profile);
        return new SignedProfile(bytes, SignedBytes.Sign(SignedBytes.ProfileLabel, bytes, signingSeed));
    }

    /// <summary>Signs a profile that takes the place of one with other keys.</summary>
    public static SignedProfile SignNext(Profile profile, ReadOnlySpan<byte> signingSeed, ReadOnlySpan<byte> previousSeed)
    {
        var signed = Sign(profile, signingSeed);
        return signed with { PreviousSignature = SignedBytes.Sign(SignedBytes.ProfileLabel, signed.Bytes, previousSeed) };
    }

    /// <summary>Whether the holder of the profile before signed this one too.</summary>
    public bool IsSignedBy(ReadOnlySpan<byte> previousSigningKey) =>
        PreviousSignature is { Length: SignatureLength } signature
        && SignedBytes.Verify(SignedBytes.ProfileLabel, Bytes, signature, previousSigningKey);

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

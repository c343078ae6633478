using System.Buffers.Binary;
using System.Security.Cryptography;
using Vault.Cryptography.Primitives;

namespace Vault.Cryptography.Opaque;

/// <summary>
/// The key exchange OPAQUE-3DH, <see href="https://www.rfc-editor.org/rfc/rfc9807#section-6.4">RFC 9807 section
/// 6.4</see>.
/// Client and server compute the same three outputs and each compares the one that the other must have sent.
/// </summary>
internal static class TripleDh
{
    /// <summary>Length of the input key material: three shared elements, in bytes.</summary>
    internal const int KeyMaterialLength = 3 * OpaqueSuite.ElementLength;

    /// <summary>(sk, pk) = DeriveDiffieHellmanKeyPair(seed), RFC 9807 section 6.4.1.</summary>
    internal static void DeriveKeyPair(Span<byte> privateKey, Span<byte> publicKey, ReadOnlySpan<byte> seed) =>
        Oprf.DeriveKeyPair(privateKey, publicKey, seed, OpaqueSuite.DiffieHellmanKeyInfo);

    /// <summary>ikm = (x1 * Y1) ‖ (x2 * Y2) ‖ (x3 * Y3).</summary>
    /// <exception cref="CryptographyException">A public key's encoding is refused.</exception>
    internal static void KeyMaterial(
        Span<byte> keyMaterial,
        ReadOnlySpan<byte> private1, ReadOnlySpan<byte> public1,
        ReadOnlySpan<byte> private2, ReadOnlySpan<byte> public2,
        ReadOnlySpan<byte> private3, ReadOnlySpan<byte> public3)
    {
        const int Length = OpaqueSuite.ElementLength;
        Ristretto255.Multiply(keyMaterial[..Length], private1, public1);
        Ristretto255.Multiply(keyMaterial.Slice(Length, Length), private2, public2);
        Ristretto255.Multiply(keyMaterial[(2 * Length)..], private3, public3);
    }

    /// <summary>
    /// preamble = "OPAQUEv1-" ‖ len ‖ context ‖ len ‖ client_identity ‖ ke1 ‖ len ‖ server_identity ‖
    /// credential_response ‖ server_nonce ‖ server_public_keyshare, hashed as it goes. The caller disposes the hash.
    /// </summary>
    internal static IncrementalHash Preamble(
        ReadOnlySpan<byte> context, ReadOnlySpan<byte> clientIdentity, ReadOnlySpan<byte> ke1,
        ReadOnlySpan<byte> serverIdentity, ReadOnlySpan<byte> ke2Transcript)
    {
        var preamble = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
        preamble.AppendData(OpaqueSuite.Preamble);
        preamble.AppendField(context);
        preamble.AppendField(clientIdentity);
        preamble.AppendData(ke1);
        preamble.AppendField(serverIdentity);
        preamble.AppendData(ke2Transcript);
        return preamble;
    }

    /// <summary>
    /// prk = Extract("", ikm); handshake_secret and session_key from it over Hash(preamble);
    /// server_mac = MAC(Km2, Hash(preamble)); client_mac = MAC(Km3, Hash(preamble ‖ server_mac)).
    /// </summary>
    internal static void DeriveKeys(
        Span<byte> sessionKey, Span<byte> serverMac, Span<byte> clientMac,
        ReadOnlySpan<byte> keyMaterial, IncrementalHash preamble)
    {
        Span<byte> transcript = stackalloc byte[OpaqueSuite.HashLength];
        Span<byte> prk = stackalloc byte[OpaqueSuite.HashLength];
        Span<byte> handshakeSecret = stackalloc byte[OpaqueSuite.HashLength];
        Span<byte> macKey = stackalloc byte[OpaqueSuite.HashLength];
        try
        {
            preamble.GetCurrentHash(transcript);
            HKDF.Extract(HashAlgorithmName.SHA512, keyMaterial, [], prk);
            DeriveSecret(handshakeSecret, prk, OpaqueSuite.HandshakeSecret, transcript);
            DeriveSecret(sessionKey, prk, OpaqueSuite.SessionKey, transcript);

            DeriveSecret(macKey, handshakeSecret, OpaqueSuite.ServerMac, []);
            HMACSHA512.HashData(macKey, transcript, serverMac);

            preamble.AppendData(serverMac);
            preamble.GetHashAndReset(transcript);
            DeriveSecret(macKey, handshakeSecret, OpaqueSuite.ClientMac, []);
            HMACSHA512.HashData(macKey, transcript, clientMac);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(prk);
            CryptographicOperations.ZeroMemory(handshakeSecret);
            CryptographicOperations.ZeroMemory(macKey);
        }
    }

    /// <summary>
    /// Derive-Secret: Expand(secret, I2OSP(Nx, 2) ‖ len ‖ "OPAQUE-" ‖ label ‖ len ‖ transcript hash, Nx).
    /// </summary>
    private static void DeriveSecret(
        Span<byte> output, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> label, ReadOnlySpan<byte> transcriptHash)
    {
        var labelLength = OpaqueSuite.LabelPrefix.Length + label.Length;
        Span<byte> info = stackalloc byte[sizeof(ushort) + 1 + labelLength + 1 + transcriptHash.Length];
        BinaryPrimitives.WriteUInt16BigEndian(info, checked((ushort)output.Length));
        info[2] = checked((byte)labelLength);
        OpaqueSuite.LabelPrefix.CopyTo(info[3..]);
        label.CopyTo(info[(3 + OpaqueSuite.LabelPrefix.Length)..]);
        info[3 + labelLength] = checked((byte)transcriptHash.Length);
        transcriptHash.CopyTo(info[(4 + labelLength)..]);
        HKDF.Expand(HashAlgorithmName.SHA512, secret, output, info);
    }
}

using System.Security.Cryptography;

namespace Vault.Cryptography.Opaque;

/// <summary>
/// The client's private key, recoverable from the randomized password alone, and a tag that binds it to both
/// identities, <see href="https://www.rfc-editor.org/rfc/rfc9807#section-4.1">RFC 9807 section 4.1</see>.
/// Layout: envelope_nonce[Nn] ‖ auth_tag[Nm].
/// </summary>
internal static class Envelope
{
    /// <summary>
    /// Store: fills in the whole registration record and the export key; the nonce is random and fresh.
    /// </summary>
    internal static void Store(
        Span<byte> record, Span<byte> exportKey, ReadOnlySpan<byte> randomizedPassword, ReadOnlySpan<byte> nonce,
        ReadOnlySpan<byte> serverPublicKey, ReadOnlySpan<byte> serverIdentity, ReadOnlySpan<byte> clientIdentity)
    {
        var clientPublicKey = record[..OpaqueSuite.ElementLength];
        var maskingKey = record.Slice(OpaqueSuite.ElementLength, OpaqueSuite.HashLength);
        var envelope = record[(OpaqueSuite.ElementLength + OpaqueSuite.HashLength)..];
        Span<byte> clientPrivateKey = stackalloc byte[OpaqueSuite.ScalarLength];
        try
        {
            HKDF.Expand(HashAlgorithmName.SHA512, randomizedPassword, maskingKey, OpaqueSuite.MaskingKey);
            nonce.CopyTo(envelope);
            ClientKeyPair(clientPrivateKey, clientPublicKey, randomizedPassword, nonce);
            Expand(exportKey, randomizedPassword, nonce, OpaqueSuite.ExportKey);
            AuthTag(
                envelope[OpaqueSuite.NonceLength..], randomizedPassword, nonce,
                serverPublicKey, serverIdentity, clientPublicKey, clientIdentity);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(clientPrivateKey);
        }
    }

    /// <summary>Recover: the client's key pair and export key, if the envelope's tag verifies.</summary>
    /// <returns>Whether it verifies; if not, the three outputs are not to be used.</returns>
    internal static bool TryRecover(
        Span<byte> clientPrivateKey, Span<byte> clientPublicKey, Span<byte> exportKey,
        ReadOnlySpan<byte> randomizedPassword, ReadOnlySpan<byte> envelope,
        ReadOnlySpan<byte> serverPublicKey, ReadOnlySpan<byte> serverIdentity, ReadOnlySpan<byte> clientIdentity)
    {
        var nonce = envelope[..OpaqueSuite.NonceLength];
        Span<byte> expected = stackalloc byte[OpaqueSuite.MacLength];
        ClientKeyPair(clientPrivateKey, clientPublicKey, randomizedPassword, nonce);
        Expand(exportKey, randomizedPassword, nonce, OpaqueSuite.ExportKey);
        AuthTag(
            expected, randomizedPassword, nonce, serverPublicKey, serverIdentity, clientPublicKey, clientIdentity);
        return CryptographicOperations.FixedTimeEquals(expected, envelope[OpaqueSuite.NonceLength..]);
    }

    /// <summary>
    /// masked_response = Expand(masking_key, masking_nonce ‖ "CredentialResponsePad", Npk + Nn + Nm) xor
    /// (server_public_key ‖ envelope), RFC 9807 section 6.3.2.2; the same call unmasks.
    /// </summary>
    internal static void Mask(
        Span<byte> output, ReadOnlySpan<byte> input, ReadOnlySpan<byte> maskingKey, ReadOnlySpan<byte> maskingNonce)
    {
        Span<byte> pad = stackalloc byte[OpaqueSuite.MaskedResponseLength];
        try
        {
            Expand(pad, maskingKey, maskingNonce, OpaqueSuite.CredentialResponsePad);
            for (var i = 0; i < pad.Length; i++)
            {
                output[i] = (byte)(input[i] ^ pad[i]);
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pad);
        }
    }

    /// <summary>
    /// (sk, pk) = DeriveDiffieHellmanKeyPair(Expand(randomized_password, nonce ‖ "PrivateKey", Nseed)).
    /// </summary>
    private static void ClientKeyPair(
        Span<byte> privateKey, Span<byte> publicKey, ReadOnlySpan<byte> randomizedPassword, ReadOnlySpan<byte> nonce)
    {
        Span<byte> seed = stackalloc byte[OpaqueSuite.SeedLength];
        try
        {
            Expand(seed, randomizedPassword, nonce, OpaqueSuite.PrivateKey);
            TripleDh.DeriveKeyPair(privateKey, publicKey, seed);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
        }
    }

    /// <summary>
    /// auth_tag = MAC(auth_key, nonce ‖ server_public_key ‖ len ‖ server_identity ‖ len ‖ client_identity).
    /// </summary>
    private static void AuthTag(
        Span<byte> tag, ReadOnlySpan<byte> randomizedPassword, ReadOnlySpan<byte> nonce,
        ReadOnlySpan<byte> serverPublicKey, ReadOnlySpan<byte> serverIdentity,
        ReadOnlySpan<byte> clientPublicKey, ReadOnlySpan<byte> clientIdentity)
    {
        Span<byte> authKey = stackalloc byte[OpaqueSuite.HashLength];
        try
        {
            Expand(authKey, randomizedPassword, nonce, OpaqueSuite.AuthKey);
            using var mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA512, authKey);
            mac.AppendData(nonce);
            mac.AppendData(serverPublicKey);
            mac.AppendField(serverIdentity.IsEmpty ? serverPublicKey : serverIdentity);
            mac.AppendField(clientIdentity.IsEmpty ? clientPublicKey : clientIdentity);
            mac.GetHashAndReset(tag);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(authKey);
        }
    }

    /// <summary>output = Expand(key, nonce ‖ label, output.Length).</summary>
    private static void Expand(
        Span<byte> output, ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> label) =>
        HKDF.Expand(HashAlgorithmName.SHA512, key, output, [.. nonce, .. label]);
}

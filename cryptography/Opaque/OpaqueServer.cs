using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Vault.Cryptography.Primitives;

namespace Vault.Cryptography.Opaque;

/// <summary>
/// The server's half of OPAQUE, <see href="https://www.rfc-editor.org/rfc/rfc9807#section-6">RFC 9807 sections 5 and
/// 6</see>.
/// Pure functions of the keys: it stores nothing, may be used by many threads at once and runs no key stretching.
/// </summary>
/// <remarks>
/// Each answer to a registration request or to a KE1 lets the peer test one password, so the caller counts every one
/// as a failed attempt until the KE3 that belongs to it is accepted.
/// </remarks>
public sealed class OpaqueServer
{
    private readonly OpaqueServerKeys _keys;
    private readonly RandomSource _random;

    /// <summary>Uses <paramref name="keys"/>, which stay the caller's to dispose.</summary>
    public OpaqueServer(OpaqueServerKeys keys)
        : this(keys, SystemRandomness.Fill)
    {
    }

    internal OpaqueServer(OpaqueServerKeys keys, RandomSource random)
    {
        ArgumentNullException.ThrowIfNull(keys);
        _keys = keys;
        _random = random;
    }

    /// <summary>
    /// Refuses what cannot be a record, before it is stored. That it belongs to some password only a login can show.
    /// </summary>
    /// <exception cref="CryptographyException">Wrong length, or a public key that is no group element.</exception>
    public static void ValidateRecord(ReadOnlySpan<byte> record) => RegistrationRecord.Read(record);

    /// <summary>CreateRegistrationResponse, RFC 9807 section 5.2.2.</summary>
    /// <param name="request">The client's registration request.</param>
    /// <param name="credentialIdentifier">What the account is found by; 1 to 65,535 bytes, the same at every
    /// login.</param>
    /// <returns>The registration response, <see cref="OpaqueSuite.RegistrationResponseLength"/> bytes.</returns>
    /// <exception cref="CryptographyException">The request is malformed.</exception>
    public byte[] CreateRegistrationResponse(ReadOnlySpan<byte> request, ReadOnlySpan<byte> credentialIdentifier)
    {
        RequireIdentifier(credentialIdentifier);
        var message = RegistrationRequest.Read(request);
        // evaluated_message ‖ server_public_key
        var response = new byte[OpaqueSuite.RegistrationResponseLength];
        Evaluate(response.AsSpan(0, OpaqueSuite.ElementLength), message.BlindedMessage, credentialIdentifier);
        _keys.PublicKey.CopyTo(response.AsSpan(OpaqueSuite.ElementLength));
        return response;
    }

    /// <summary>GenerateKE2, RFC 9807 sections 6.2.2, 6.3.2.2 and 6.4.4.</summary>
    /// <param name="ke1">The client's first login message.</param>
    /// <param name="record">The account's record, or null for an account that does not exist: the answer is then made
    /// from a stable fake record on the same path, and no KE3 will fit it.</param>
    /// <param name="credentialIdentifier">What the account is found by; 1 to 65,535 bytes, as at registration.</param>
    /// <param name="context">What the login is bound to, at most 65,535 bytes; both sides must give the same.</param>
    /// <param name="clientIdentity">At most 65,535 bytes; empty stands for the client's public key.</param>
    /// <param name="serverIdentity">At most 65,535 bytes; empty stands for the server's public key.</param>
    /// <returns>KE2, <see cref="OpaqueSuite.Ke2Length"/> bytes, and the state that KE3 is checked against.</returns>
    /// <exception cref="CryptographyException">KE1 or the record is malformed.</exception>
    public (byte[] Ke2, OpaqueServerState State) GenerateKe2(
        ReadOnlySpan<byte> ke1, byte[]? record, ReadOnlySpan<byte> credentialIdentifier, ReadOnlySpan<byte> context,
        ReadOnlySpan<byte> clientIdentity = default, ReadOnlySpan<byte> serverIdentity = default)
    {
        RequireIdentifier(credentialIdentifier);
        FieldHash.RequireFits(context.Length, nameof(context));
        FieldHash.RequireFits(clientIdentity.Length, nameof(clientIdentity));
        FieldHash.RequireFits(serverIdentity.Length, nameof(serverIdentity));
        var request = Ke1.Read(ke1);

        Span<byte> fake = stackalloc byte[OpaqueSuite.RegistrationRecordLength];
        Span<byte> credentials = stackalloc byte[OpaqueSuite.MaskedResponseLength];
        Span<byte> keyshareSeed = stackalloc byte[OpaqueSuite.SeedLength];
        Span<byte> keyshare = stackalloc byte[OpaqueSuite.ScalarLength];
        Span<byte> keyMaterial = stackalloc byte[TripleDh.KeyMaterialLength];
        Span<byte> sessionKey = stackalloc byte[OpaqueSuite.HashLength];
        Span<byte> clientMac = stackalloc byte[OpaqueSuite.MacLength];
        try
        {
            // Made for every login, so that its cost does not tell a known account from an unknown one.
            FakeRecord(fake, credentialIdentifier);
            var account = RegistrationRecord.Read(record is null ? fake : record);

            var ke2 = new byte[OpaqueSuite.Ke2Length];
            var response = new Ke2Writer(ke2);
            Evaluate(response.EvaluatedMessage, request.BlindedMessage, credentialIdentifier);
            _random(OpaqueRandomness.MaskingNonce, response.MaskingNonce);
            _keys.PublicKey.CopyTo(credentials);
            account.Envelope.CopyTo(credentials[OpaqueSuite.ElementLength..]);
            Envelope.Mask(response.MaskedResponse, credentials, account.MaskingKey, response.MaskingNonce);

            _random(OpaqueRandomness.ServerNonce, response.ServerNonce);
            _random(OpaqueRandomness.ServerKeyshareSeed, keyshareSeed);
            TripleDh.DeriveKeyPair(keyshare, response.ServerKeyshare, keyshareSeed);
            TripleDh.KeyMaterial(
                keyMaterial, keyshare, request.ClientKeyshare,
                _keys.PrivateKey.Span, request.ClientKeyshare, keyshare, account.ClientPublicKey);

            using var preamble = TripleDh.Preamble(
                context, clientIdentity.IsEmpty ? account.ClientPublicKey : clientIdentity, ke1,
                serverIdentity.IsEmpty ? _keys.PublicKey : serverIdentity, response.Transcript);
            TripleDh.DeriveKeys(sessionKey, response.ServerMac, clientMac, keyMaterial, preamble);
            return (ke2, new OpaqueServerState(clientMac, sessionKey, isKnown: record is not null));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(fake);
            CryptographicOperations.ZeroMemory(credentials);
            CryptographicOperations.ZeroMemory(keyshareSeed);
            CryptographicOperations.ZeroMemory(keyshare);
            CryptographicOperations.ZeroMemory(keyMaterial);
            CryptographicOperations.ZeroMemory(sessionKey);
            CryptographicOperations.ZeroMemory(clientMac);
        }
    }

    /// <summary>
    /// ServerFinish, RFC 9807 section 6.2.4: whether <paramref name="ke3"/> proves the password. Spends and zeroes
    /// <paramref name="state"/> either way.
    /// </summary>
    /// <param name="state">What <see cref="GenerateKe2"/> gave for this login.</param>
    /// <param name="ke3">The client's second login message; one of another length is a wrong one.</param>
    /// <param name="sessionKey">64 bytes that client and server now share; the caller disposes it.</param>
    /// <exception cref="CryptographyException">The state was used or disposed before.</exception>
    public static bool TryFinishLogin(
        OpaqueServerState state, ReadOnlySpan<byte> ke3, [NotNullWhen(true)] out SecretBytes? sessionKey)
    {
        ArgumentNullException.ThrowIfNull(state);
        sessionKey = state.Finish(ke3);
        return sessionKey is not null;
    }

    /// <summary>
    /// The record of an account that does not exist, RFC 9807 sections 6.3.2.2 and 10.9: a key pair and masking key
    /// that stay the same for a credential identifier, and an envelope of zeros, which the mask hides.
    /// </summary>
    internal void FakeRecord(Span<byte> record, ReadOnlySpan<byte> credentialIdentifier)
    {
        Require.Length(record, OpaqueSuite.RegistrationRecordLength);
        Span<byte> seed = stackalloc byte[OpaqueSuite.SeedLength];
        Span<byte> privateKey = stackalloc byte[OpaqueSuite.ScalarLength];
        try
        {
            record.Clear();
            Expand(seed, _keys.FakeRecordKey, credentialIdentifier, OpaqueSuite.FakeClientKey);
            TripleDh.DeriveKeyPair(privateKey, record[..OpaqueSuite.ElementLength], seed);
            Expand(
                record.Slice(OpaqueSuite.ElementLength, OpaqueSuite.HashLength),
                _keys.FakeRecordKey, credentialIdentifier, OpaqueSuite.FakeMaskingKey);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
            CryptographicOperations.ZeroMemory(privateKey);
        }
    }

    /// <summary>
    /// evaluated = oprf_key * blinded, the key from Expand(oprf_seed, credential_identifier ‖ "OprfKey", Nok).
    /// </summary>
    private void Evaluate(Span<byte> evaluated, ReadOnlySpan<byte> blinded, ReadOnlySpan<byte> credentialIdentifier)
    {
        Span<byte> seed = stackalloc byte[OpaqueSuite.SeedLength];
        Span<byte> key = stackalloc byte[OpaqueSuite.ScalarLength];
        try
        {
            Expand(seed, _keys.OprfSeed, credentialIdentifier, OpaqueSuite.OprfKey);
            Oprf.DeriveKey(key, seed, OpaqueSuite.OprfKeyInfo);
            Oprf.BlindEvaluate(evaluated, key, blinded);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
            CryptographicOperations.ZeroMemory(key);
        }
    }

    private static void Expand(
        Span<byte> output, SecretBytes key, ReadOnlySpan<byte> credentialIdentifier, ReadOnlySpan<byte> label) =>
        HKDF.Expand(HashAlgorithmName.SHA512, key.Span, output, [.. credentialIdentifier, .. label]);

    private static void RequireIdentifier(ReadOnlySpan<byte> credentialIdentifier)
    {
        if (credentialIdentifier.IsEmpty)
        {
            throw new ArgumentException("An account needs an identifier.", nameof(credentialIdentifier));
        }

        FieldHash.RequireFits(credentialIdentifier.Length, nameof(credentialIdentifier));
    }
}

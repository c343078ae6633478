using System.Security.Cryptography;
using Vault.Cryptography.Primitives;

namespace Vault.Cryptography.Opaque;

/// <summary>
/// The client's half of OPAQUE, <see href="https://www.rfc-editor.org/rfc/rfc9807#section-6">RFC 9807 sections 5 and
/// 6</see>.
/// The password never leaves this class; each state is spent by one answer, accepted or not.
/// </summary>
public sealed class OpaqueClient
{
    private readonly IKeyStretching _keyStretching;
    private readonly RandomSource _random;

    /// <summary>
    /// A client whose passwords are stretched by <paramref name="keyStretching"/>, at login as at registration.
    /// </summary>
    public OpaqueClient(IKeyStretching keyStretching)
        : this(keyStretching, SystemRandomness.Fill)
    {
    }

    internal OpaqueClient(IKeyStretching keyStretching, RandomSource random)
    {
        ArgumentNullException.ThrowIfNull(keyStretching);
        _keyStretching = keyStretching;
        _random = random;
    }

    /// <summary>CreateRegistrationRequest, RFC 9807 section 5.2.1.</summary>
    /// <param name="password">UTF-8, at most 65,535 bytes; copied, the caller zeroes its own.</param>
    /// <returns>A state to finish and dispose, and the request, <see cref="OpaqueSuite.RegistrationRequestLength"/>
    /// bytes.</returns>
    public (OpaqueRegistrationState State, byte[] Request) StartRegistration(ReadOnlySpan<byte> password)
    {
        var state = new OpaqueRegistrationState(new BlindedPassword(password, _random));
        try
        {
            var request = new byte[OpaqueSuite.RegistrationRequestLength];
            state.Password.WriteBlinded(request);
            return (state, request);
        }
        catch
        {
            state.Dispose();
            throw;
        }
    }

    /// <summary>FinalizeRegistrationRequest, RFC 9807 section 5.2.3. Spends <paramref name="state"/>.</summary>
    /// <param name="state">What <see cref="StartRegistration"/> gave.</param>
    /// <param name="response">The server's answer.</param>
    /// <param name="clientIdentity">At most 65,535 bytes; empty stands for the client's public key.</param>
    /// <param name="serverIdentity">At most 65,535 bytes; empty stands for the server's public key.</param>
    /// <param name="cancellationToken">Looked at before the key stretching begins.</param>
    /// <exception cref="CryptographyException">The response is malformed, or the state was finished before.</exception>
    public async Task<OpaqueRegistration> FinishRegistrationAsync(
        OpaqueRegistrationState state, ReadOnlyMemory<byte> response,
        ReadOnlyMemory<byte> clientIdentity = default, ReadOnlyMemory<byte> serverIdentity = default,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(state);
        FieldHash.RequireFits(clientIdentity.Length, nameof(clientIdentity));
        FieldHash.RequireFits(serverIdentity.Length, nameof(serverIdentity));
        state.Password.Claim();
        using (state)
        {
            using var oprfOutput = state.Password.Finalize(RegistrationResponse.Read(response.Span).EvaluatedMessage);
            using var randomizedPassword =
                await RandomizedPasswordAsync(oprfOutput, cancellationToken).ConfigureAwait(false);
            return Register(randomizedPassword, response.Span, clientIdentity.Span, serverIdentity.Span);
        }
    }

    /// <summary>GenerateKE1, RFC 9807 section 6.2.1.</summary>
    /// <param name="password">UTF-8, at most 65,535 bytes; copied, the caller zeroes its own.</param>
    /// <returns>A state to finish and dispose, and KE1, <see cref="OpaqueSuite.Ke1Length"/> bytes.</returns>
    public (OpaqueLoginState State, byte[] Ke1) StartLogin(ReadOnlySpan<byte> password)
    {
        var state = new OpaqueLoginState(new BlindedPassword(password, _random));
        Span<byte> seed = stackalloc byte[OpaqueSuite.SeedLength];
        try
        {
            // blinded_message ‖ client_nonce ‖ client_public_keyshare
            var ke1 = state.Ke1.AsSpan();
            state.Password.WriteBlinded(ke1[..OpaqueSuite.ElementLength]);
            _random(OpaqueRandomness.ClientNonce, ke1.Slice(OpaqueSuite.ElementLength, OpaqueSuite.NonceLength));
            _random(OpaqueRandomness.ClientKeyshareSeed, seed);
            TripleDh.DeriveKeyPair(
                state.KeysharePrivate.Span, ke1[(OpaqueSuite.ElementLength + OpaqueSuite.NonceLength)..], seed);
            return (state, ke1.ToArray());
        }
        catch
        {
            state.Dispose();
            throw;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
        }
    }

    /// <summary>GenerateKE3, RFC 9807 sections 6.2.3, 6.3.2.3 and 6.4.3. Spends <paramref name="state"/>.</summary>
    /// <param name="state">What <see cref="StartLogin"/> gave.</param>
    /// <param name="ke2">The server's answer.</param>
    /// <param name="context">What the login is bound to, at most 65,535 bytes; both sides must give the same.</param>
    /// <param name="clientIdentity">As at registration.</param>
    /// <param name="serverIdentity">As at registration.</param>
    /// <param name="cancellationToken">Looked at before the key stretching begins.</param>
    /// <exception cref="CryptographyException">
    /// <see cref="CryptographyError.NotAuthentic"/>: wrong password, unknown account, another server, other context or
    /// identities, or a KE2 that was tampered with; these look alike. <see cref="CryptographyError.InvalidEncoding"/>:
    /// KE2 is malformed. <see cref="CryptographyError.ProtocolOrder"/>: the state was finished before.
    /// </exception>
    public async Task<OpaqueLogin> FinishLoginAsync(
        OpaqueLoginState state, ReadOnlyMemory<byte> ke2, ReadOnlyMemory<byte> context,
        ReadOnlyMemory<byte> clientIdentity = default, ReadOnlyMemory<byte> serverIdentity = default,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(state);
        FieldHash.RequireFits(context.Length, nameof(context));
        FieldHash.RequireFits(clientIdentity.Length, nameof(clientIdentity));
        FieldHash.RequireFits(serverIdentity.Length, nameof(serverIdentity));
        state.Password.Claim();
        using (state)
        {
            using var oprfOutput = state.Password.Finalize(Ke2.Read(ke2.Span).EvaluatedMessage);
            using var randomizedPassword =
                await RandomizedPasswordAsync(oprfOutput, cancellationToken).ConfigureAwait(false);
            return Login(state, randomizedPassword, ke2.Span, context.Span, clientIdentity.Span, serverIdentity.Span);
        }
    }

    /// <summary>randomized_password = Extract("", oprf_output ‖ Stretch(oprf_output)).</summary>
    private async Task<SecretBytes> RandomizedPasswordAsync(SecretBytes oprfOutput, CancellationToken cancellationToken)
    {
        using var stretched = await _keyStretching.StretchAsync(oprfOutput, cancellationToken).ConfigureAwait(false);
        using var both = new SecretBytes(checked(oprfOutput.Length + stretched.Length));
        oprfOutput.Span.CopyTo(both.Span);
        stretched.Span.CopyTo(both.Span[oprfOutput.Length..]);
        var randomizedPassword = new SecretBytes(OpaqueSuite.HashLength);
        HKDF.Extract(HashAlgorithmName.SHA512, both.Span, [], randomizedPassword.Span);
        return randomizedPassword;
    }

    private OpaqueRegistration Register(
        SecretBytes randomizedPassword, ReadOnlySpan<byte> response,
        ReadOnlySpan<byte> clientIdentity, ReadOnlySpan<byte> serverIdentity)
    {
        var serverPublicKey = RegistrationResponse.Read(response).ServerPublicKey;
        Span<byte> nonce = stackalloc byte[OpaqueSuite.NonceLength];
        _random(OpaqueRandomness.EnvelopeNonce, nonce);
        var record = new byte[OpaqueSuite.RegistrationRecordLength];
        var exportKey = new SecretBytes(OpaqueSuite.HashLength);
        try
        {
            Envelope.Store(
                record, exportKey.Span, randomizedPassword.Span, nonce,
                serverPublicKey, serverIdentity, clientIdentity);
            return new OpaqueRegistration(record, exportKey, serverPublicKey.ToArray());
        }
        catch
        {
            exportKey.Dispose();
            throw;
        }
    }

    private static OpaqueLogin Login(
        OpaqueLoginState state, SecretBytes randomizedPassword, ReadOnlySpan<byte> ke2Bytes,
        ReadOnlySpan<byte> context, ReadOnlySpan<byte> clientIdentity, ReadOnlySpan<byte> serverIdentity)
    {
        var ke2 = Ke2.Read(ke2Bytes);
        Span<byte> maskingKey = stackalloc byte[OpaqueSuite.HashLength];
        Span<byte> credentials = stackalloc byte[OpaqueSuite.MaskedResponseLength];
        Span<byte> clientPrivateKey = stackalloc byte[OpaqueSuite.ScalarLength];
        Span<byte> clientPublicKey = stackalloc byte[OpaqueSuite.ElementLength];
        Span<byte> keyMaterial = stackalloc byte[TripleDh.KeyMaterialLength];
        Span<byte> serverMac = stackalloc byte[OpaqueSuite.MacLength];
        var ke3 = new byte[OpaqueSuite.Ke3Length];
        var sessionKey = new SecretBytes(OpaqueSuite.HashLength);
        var exportKey = new SecretBytes(OpaqueSuite.HashLength);
        OpaqueLogin? login = null;
        try
        {
            HKDF.Expand(HashAlgorithmName.SHA512, randomizedPassword.Span, maskingKey, OpaqueSuite.MaskingKey);
            Envelope.Mask(credentials, ke2.MaskedResponse, maskingKey, ke2.MaskingNonce);
            var serverPublicKey = credentials[..OpaqueSuite.ElementLength];
            var proven = Envelope.TryRecover(
                clientPrivateKey, clientPublicKey, exportKey.Span, randomizedPassword.Span,
                credentials[OpaqueSuite.ElementLength..], serverPublicKey, serverIdentity, clientIdentity);
            if (proven)
            {
                TripleDh.KeyMaterial(
                    keyMaterial, state.KeysharePrivate.Span, ke2.ServerKeyshare,
                    state.KeysharePrivate.Span, serverPublicKey, clientPrivateKey, ke2.ServerKeyshare);
                using var preamble = TripleDh.Preamble(
                    context, clientIdentity.IsEmpty ? clientPublicKey : clientIdentity, state.Ke1,
                    serverIdentity.IsEmpty ? serverPublicKey : serverIdentity,
                    ke2Bytes[..OpaqueSuite.Ke2TranscriptLength]);
                TripleDh.DeriveKeys(sessionKey.Span, serverMac, ke3, keyMaterial, preamble);
                proven = CryptographicOperations.FixedTimeEquals(serverMac, ke2.ServerMac);
            }

            if (!proven)
            {
                throw new CryptographyException(
                    CryptographyError.NotAuthentic, "The password is wrong, or this is not the account's server.");
            }

            login = new OpaqueLogin(ke3, sessionKey, exportKey, serverPublicKey.ToArray());
            return login;
        }
        finally
        {
            if (login is null)
            {
                sessionKey.Dispose();
                exportKey.Dispose();
                CryptographicOperations.ZeroMemory(ke3);
            }

            CryptographicOperations.ZeroMemory(maskingKey);
            CryptographicOperations.ZeroMemory(credentials);
            CryptographicOperations.ZeroMemory(clientPrivateKey);
            CryptographicOperations.ZeroMemory(keyMaterial);
            CryptographicOperations.ZeroMemory(serverMac);
        }
    }
}

namespace Vault.Cryptography.Opaque;

/// <summary>
/// The one configuration this project speaks: OPAQUE-3DH with ristretto255-SHA512, HKDF-SHA512, HMAC-SHA512 and
/// SHA-512, <see href="https://www.rfc-editor.org/rfc/rfc9807#section-7">RFC 9807 section 7</see>. Every size and
/// every label stands here and nowhere else.
/// </summary>
public static class OpaqueSuite
{
    /// <summary>Noe and Npk: length of an encoded group element and of a public key, in bytes.</summary>
    public const int ElementLength = 32;

    /// <summary>Nok and Nsk: length of an OPRF key and of a private key, in bytes.</summary>
    public const int ScalarLength = 32;

    /// <summary>
    /// Nh and Nx: length of a hash, of an extracted key, and of a session, export or masking key, in bytes.
    /// </summary>
    public const int HashLength = 64;

    /// <summary>Nm: length of a MAC, in bytes.</summary>
    public const int MacLength = 64;

    /// <summary>Nn: length of a nonce, in bytes.</summary>
    public const int NonceLength = 32;

    /// <summary>Nseed: length of the seed of a key pair, in bytes.</summary>
    public const int SeedLength = 32;

    /// <summary>Length of the two-byte prefixed fields (password, identities, context) at most, in bytes.</summary>
    public const int MaxFieldLength = ushort.MaxValue;

    /// <summary>Length of an envelope, in bytes: nonce and tag.</summary>
    public const int EnvelopeLength = NonceLength + MacLength;

    /// <summary>Length of a registration request, in bytes.</summary>
    public const int RegistrationRequestLength = ElementLength;

    /// <summary>Length of a registration response, in bytes.</summary>
    public const int RegistrationResponseLength = ElementLength + ElementLength;

    /// <summary>Length of a registration record, in bytes.</summary>
    public const int RegistrationRecordLength = ElementLength + HashLength + EnvelopeLength;

    /// <summary>Length of KE1, in bytes.</summary>
    public const int Ke1Length = ElementLength + NonceLength + ElementLength;

    /// <summary>Length of KE2, in bytes.</summary>
    public const int Ke2Length = Ke2TranscriptLength + MacLength;

    /// <summary>Length of KE3, in bytes.</summary>
    public const int Ke3Length = MacLength;

    /// <summary>Length of the server's public key and the envelope, which travel masked.</summary>
    internal const int MaskedResponseLength = ElementLength + EnvelopeLength;

    /// <summary>Length of KE2 without its MAC: the part that goes into the preamble.</summary>
    internal const int Ke2TranscriptLength =
        ElementLength + NonceLength + MaskedResponseLength + NonceLength + ElementLength;

    /// <summary>
    /// DST = prefix ‖ contextString, RFC 9497 sections 3.1 and 3.2.1; the zero byte is mode 0 (OPRF).
    /// </summary>
    internal static ReadOnlySpan<byte> OprfHashToGroup => "HashToGroup-OPRFV1-\0-ristretto255-SHA512"u8;

    internal static ReadOnlySpan<byte> OprfDeriveKeyPair => "DeriveKeyPairOPRFV1-\0-ristretto255-SHA512"u8;

    internal static ReadOnlySpan<byte> OprfFinalize => "Finalize"u8;

    /// <summary>Suffix of the info from which an account's OPRF seed is expanded, RFC 9807 section 5.2.2.</summary>
    internal static ReadOnlySpan<byte> OprfKey => "OprfKey"u8;

    internal static ReadOnlySpan<byte> OprfKeyInfo => "OPAQUE-DeriveKeyPair"u8;

    internal static ReadOnlySpan<byte> DiffieHellmanKeyInfo => "OPAQUE-DeriveDiffieHellmanKeyPair"u8;

    internal static ReadOnlySpan<byte> MaskingKey => "MaskingKey"u8;

    internal static ReadOnlySpan<byte> AuthKey => "AuthKey"u8;

    internal static ReadOnlySpan<byte> ExportKey => "ExportKey"u8;

    internal static ReadOnlySpan<byte> PrivateKey => "PrivateKey"u8;

    internal static ReadOnlySpan<byte> CredentialResponsePad => "CredentialResponsePad"u8;

    internal static ReadOnlySpan<byte> Preamble => "OPAQUEv1-"u8;

    /// <summary>What Expand-Label puts before every label, RFC 9807 section 6.4.2.</summary>
    internal static ReadOnlySpan<byte> LabelPrefix => "OPAQUE-"u8;

    internal static ReadOnlySpan<byte> HandshakeSecret => "HandshakeSecret"u8;

    internal static ReadOnlySpan<byte> SessionKey => "SessionKey"u8;

    internal static ReadOnlySpan<byte> ServerMac => "ServerMAC"u8;

    internal static ReadOnlySpan<byte> ClientMac => "ClientMAC"u8;

    /// <summary>Ours: suffixes of the info from which an unknown account's stable record comes.</summary>
    internal static ReadOnlySpan<byte> FakeClientKey => "Vault fake record client key"u8;

    internal static ReadOnlySpan<byte> FakeMaskingKey => "Vault fake record masking key"u8;
}

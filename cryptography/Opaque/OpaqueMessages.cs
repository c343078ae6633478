namespace Vault.Cryptography.Opaque;

// The messages of RFC 9807 sections 5.1, 6.1 and 6.3 as views: they own nothing and live as long as the bytes they
// were read from.
// Every length is fixed, so a message has exactly one encoding and leftovers are refused with the first check.

/// <summary>blinded_message[Noe], from client to server.</summary>
internal readonly ref struct RegistrationRequest
{
    internal ReadOnlySpan<byte> BlindedMessage { get; private init; }

    internal static RegistrationRequest Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new MessageReader("registration request", bytes, OpaqueSuite.RegistrationRequestLength);
        return new RegistrationRequest { BlindedMessage = reader.TakeElement() };
    }
}

/// <summary>evaluated_message[Noe] ‖ server_public_key[Npk], from server to client.</summary>
internal readonly ref struct RegistrationResponse
{
    internal ReadOnlySpan<byte> EvaluatedMessage { get; private init; }

    internal ReadOnlySpan<byte> ServerPublicKey { get; private init; }

    internal static RegistrationResponse Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new MessageReader("registration response", bytes, OpaqueSuite.RegistrationResponseLength);
        return new RegistrationResponse
        {
            EvaluatedMessage = reader.TakeElement(),
            ServerPublicKey = reader.TakeElement(),
        };
    }
}

/// <summary>
/// client_public_key[Npk] ‖ masking_key[Nh] ‖ envelope[Nn + Nm], from client to server, who keeps it.
/// </summary>
internal readonly ref struct RegistrationRecord
{
    internal ReadOnlySpan<byte> ClientPublicKey { get; private init; }

    internal ReadOnlySpan<byte> MaskingKey { get; private init; }

    internal ReadOnlySpan<byte> Envelope { get; private init; }

    internal static RegistrationRecord Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new MessageReader("registration record", bytes, OpaqueSuite.RegistrationRecordLength);
        return new RegistrationRecord
        {
            ClientPublicKey = reader.TakeElement(),
            MaskingKey = reader.Take(OpaqueSuite.HashLength),
            Envelope = reader.Take(OpaqueSuite.EnvelopeLength),
        };
    }
}

/// <summary>blinded_message[Noe] ‖ client_nonce[Nn] ‖ client_public_keyshare[Npk], from client to server.</summary>
internal readonly ref struct Ke1
{
    internal ReadOnlySpan<byte> BlindedMessage { get; private init; }

    internal ReadOnlySpan<byte> ClientNonce { get; private init; }

    internal ReadOnlySpan<byte> ClientKeyshare { get; private init; }

    internal static Ke1 Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new MessageReader("KE1", bytes, OpaqueSuite.Ke1Length);
        return new Ke1
        {
            BlindedMessage = reader.TakeElement(),
            ClientNonce = reader.Take(OpaqueSuite.NonceLength),
            ClientKeyshare = reader.TakeElement(),
        };
    }
}

/// <summary>
/// evaluated_message[Noe] ‖ masking_nonce[Nn] ‖ masked_response[Npk + Nn + Nm] ‖ server_nonce[Nn] ‖
/// server_public_keyshare[Npk] ‖ server_mac[Nm], from server to client.
/// </summary>
internal readonly ref struct Ke2
{
    internal ReadOnlySpan<byte> EvaluatedMessage { get; private init; }

    internal ReadOnlySpan<byte> MaskingNonce { get; private init; }

    internal ReadOnlySpan<byte> MaskedResponse { get; private init; }

    internal ReadOnlySpan<byte> ServerNonce { get; private init; }

    internal ReadOnlySpan<byte> ServerKeyshare { get; private init; }

    internal ReadOnlySpan<byte> ServerMac { get; private init; }

    internal static Ke2 Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new MessageReader("KE2", bytes, OpaqueSuite.Ke2Length);
        return new Ke2
        {
            EvaluatedMessage = reader.TakeElement(),
            MaskingNonce = reader.Take(OpaqueSuite.NonceLength),
            MaskedResponse = reader.Take(OpaqueSuite.MaskedResponseLength),
            ServerNonce = reader.Take(OpaqueSuite.NonceLength),
            ServerKeyshare = reader.TakeElement(),
            ServerMac = reader.Take(OpaqueSuite.MacLength),
        };
    }
}

/// <summary>The same layout as <see cref="Ke2"/>, to be filled in place by the server.</summary>
internal readonly ref struct Ke2Writer
{
    internal Ke2Writer(Span<byte> ke2)
    {
        Transcript = ke2[..OpaqueSuite.Ke2TranscriptLength];
        var rest = ke2;
        EvaluatedMessage = Take(ref rest, OpaqueSuite.ElementLength);
        MaskingNonce = Take(ref rest, OpaqueSuite.NonceLength);
        MaskedResponse = Take(ref rest, OpaqueSuite.MaskedResponseLength);
        ServerNonce = Take(ref rest, OpaqueSuite.NonceLength);
        ServerKeyshare = Take(ref rest, OpaqueSuite.ElementLength);
        ServerMac = Take(ref rest, OpaqueSuite.MacLength);
    }

    /// <summary>Everything before the MAC, which the preamble ends with.</summary>
    internal ReadOnlySpan<byte> Transcript { get; }

    internal Span<byte> EvaluatedMessage { get; }

    internal Span<byte> MaskingNonce { get; }

    internal Span<byte> MaskedResponse { get; }

    internal Span<byte> ServerNonce { get; }

    internal Span<byte> ServerKeyshare { get; }

    internal Span<byte> ServerMac { get; }

    private static Span<byte> Take(scoped ref Span<byte> rest, int length)
    {
        var field = rest[..length];
        rest = rest[length..];
        return field;
    }
}

using Vault.Cryptography.Primitives;

namespace Vault.Cryptography.Opaque;

/// <summary>What a finished registration leaves the client with.</summary>
public sealed class OpaqueRegistration : IDisposable
{
    internal OpaqueRegistration(byte[] record, SecretBytes exportKey, byte[] serverPublicKey) =>
        (Record, ExportKey, ServerPublicKey) = (record, exportKey, serverPublicKey);

    /// <summary>The record to send to the server, <see cref="OpaqueSuite.RegistrationRecordLength"/> bytes.</summary>
    public byte[] Record { get; }

    /// <summary>64 bytes that only this password gives, at every login; the server never has them.</summary>
    public SecretBytes ExportKey { get; }

    /// <summary>The OPAQUE key of the server the account was registered with, 32 bytes.</summary>
    public byte[] ServerPublicKey { get; }

    /// <summary>Zeroes the export key.</summary>
    public void Dispose() => ExportKey.Dispose();
}

/// <summary>
/// What a login leaves the client with. The server has not yet accepted it: <see cref="Ke3"/> must reach it.
/// </summary>
public sealed class OpaqueLogin : IDisposable
{
    internal OpaqueLogin(byte[] ke3, SecretBytes sessionKey, SecretBytes exportKey, byte[] serverPublicKey) =>
        (Ke3, SessionKey, ExportKey, ServerPublicKey) = (ke3, sessionKey, exportKey, serverPublicKey);

    /// <summary>The message that proves the password, <see cref="OpaqueSuite.Ke3Length"/> bytes.</summary>
    public byte[] Ke3 { get; }

    /// <summary>64 bytes that the server will share once it accepts KE3.</summary>
    public SecretBytes SessionKey { get; }

    /// <summary>The same 64 bytes as at registration.</summary>
    public SecretBytes ExportKey { get; }

    /// <summary>The OPAQUE key of the server, as bound into the account at registration, 32 bytes.</summary>
    public byte[] ServerPublicKey { get; }

    /// <summary>Zeroes both keys.</summary>
    public void Dispose()
    {
        SessionKey.Dispose();
        ExportKey.Dispose();
    }
}

using Vault.Client.Keys;
using Vault.Cryptography;
using Vault.Cryptography.Opaque;
using Vault.Cryptography.Primitives;
using Vault.Protocol;

namespace Vault.Client;

/// <summary>OPAQUE registration (RFC 9807 section 5) with a new key ring, sealed under the password and under a recovery key.</summary>
internal static class Registration
{
    /// <returns>Whether the account exists only once a mailed code came back.</returns>
    internal static async Task<bool> RunAsync(
        VaultConnection connection, KeyStretching stretching, EmailAddress email, SecretBytes password, NewRecoveryKey recoveryKey,
        string? invitation, CancellationToken cancellationToken)
    {
        var client = new OpaqueClient(KeyStretchings.Use(stretching));
        var (state, request) = client.StartRegistration(password.Span);
        using (state)
        {
            var start = await connection.PostAsync(
                Routes.RegistrationStart, new RegistrationStartRequest(email.Value, request),
                ProtocolJson.Default.RegistrationStartRequest, ProtocolJson.Default.RegistrationStartReply, cancellationToken).ConfigureAwait(false);
            using var registration = await FinishAsync(client, state, start.RegistrationResponse, cancellationToken).ConfigureAwait(false);
            using var ring = KeyRing.Generate();
            var finish = new RegistrationFinishRequest(
                email.Value, registration.Record,
                ring.Seal(registration.ExportKey, FileKeySchedule.PasswordKeyRing),
                ring.Seal(recoveryKey.Key.Bytes, FileKeySchedule.RecoveryKeyRing),
                ring.CreateProfile(email, connection.ServerKey), invitation);
            var finishing = connection.PostAsync(
                Routes.RegistrationFinish, finish, ProtocolJson.Default.RegistrationFinishRequest,
                ProtocolJson.Default.RegistrationFinishReply, cancellationToken);
            await recoveryKey.CommitAsync(finishing).ConfigureAwait(false);
            return (await finishing.ConfigureAwait(false)).Account is null;
        }
    }

    /// <summary>The client's part of a registration that the server answered.</summary>
    internal static async Task<OpaqueRegistration> FinishAsync(
        OpaqueClient client, OpaqueRegistrationState state, byte[] response, CancellationToken cancellationToken)
    {
        try
        {
            return await client.FinishRegistrationAsync(state, response, cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        catch (CryptographyException error)
        {
            throw VaultException.Forged($"The server's part of the registration is not valid: {error.Message}");
        }
    }
}

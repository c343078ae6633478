using System.Security.Cryptography;
using Vault.Protocol;

namespace Vault.Client;

/// <summary>One-time codes for signing in: on and off.</summary>
internal static class SecondFactor
{
    // RFC 4226 section 4, requirement 6.
    private const int MinSecretLength = 16;

    internal static async Task<TotpSetup> PrepareAsync(VaultConnection connection, string email, CancellationToken cancellationToken)
    {
        var reply = await connection.PostAsync(
            Routes.Totp, ReadOnlyMemory<byte>.Empty, "application/json", ProtocolJson.Default.TotpSecretReply, cancellationToken).ConfigureAwait(false);
        try
        {
            return reply.Secret.Length >= MinSecretLength
                ? new TotpSetup(reply.Secret, email)
                : throw VaultException.Forged("The secret that the server sent for one-time codes is too short.");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(reply.Secret);
        }
    }

    /// <summary>The backup codes are made here and travel with the request, so that a lost answer loses none.</summary>
    internal static async Task<IReadOnlyList<string>> EnableAsync(VaultConnection connection, string code, CancellationToken cancellationToken)
    {
        var backupCodes = new HashSet<string>();
        while (backupCodes.Count < BackupCode.Count)
        {
            backupCodes.Add(BackupCode.New());
        }

        await connection.DoAsync(
            HttpMethod.Put, Routes.Totp, new EnableTotpRequest(code, [.. backupCodes]), ProtocolJson.Default.EnableTotpRequest,
            cancellationToken).ConfigureAwait(false);
        return [.. backupCodes];
    }

    internal static Task DisableAsync(VaultConnection connection, string code, CancellationToken cancellationToken) => connection.DoAsync(
        HttpMethod.Post, Routes.TotpDisable, new DisableTotpRequest(code), ProtocolJson.Default.DisableTotpRequest, cancellationToken);
}

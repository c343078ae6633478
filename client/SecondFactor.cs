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
    internal static async Task<EnabledTotp> EnableAsync(VaultConnection connection, string code, CancellationToken cancellationToken)
    {
        var backupCodes = new HashSet<string>();
        while (backupCodes.Count < BackupCode.Count)
        {
            backupCodes.Add(BackupCode.New());
        }

        var enabling = connection.DoAsync(
            HttpMethod.Put, Routes.Totp, new EnableTotpRequest(code, [.. backupCodes]), ProtocolJson.Default.EnableTotpRequest,
            cancellationToken);
        try
        {
            await enabling.ConfigureAwait(false);
            return new EnabledTotp([.. backupCodes], null);
        }
        catch (Exception error) when (error is not VaultException { MayBeDone: false })
        {
            return new EnabledTotp([.. backupCodes], VaultException.After(
                error, "Whether the second factor is on is not known.",
                "Keep the authenticator and the backup codes. If the next sign-in asks for a code, it is on, and they are good."));
        }
    }

    internal static Task DisableAsync(VaultConnection connection, string code, CancellationToken cancellationToken) => connection.DoAsync(
        HttpMethod.Post, Routes.TotpDisable, new DisableTotpRequest(code), ProtocolJson.Default.DisableTotpRequest, cancellationToken);
}

/// <summary>The second factor is on, or may be.</summary>
/// <param name="BackupCodes">Ten codes, each good for one sign-in without the authenticator; the person is shown them once.</param>
/// <param name="Failure">Why it is not known whether it is on: a <see cref="VaultException"/> that says what to do, or
/// <see cref="OperationCanceledException"/>. Null where nothing failed.</param>
public sealed record EnabledTotp(IReadOnlyList<string> BackupCodes, Exception? Failure);

using System.Security.Cryptography;
using System.Text;
using OtpNet;
using Vault.Cryptography.Primitives;
using Vault.Grains.EventSourcing;
using Vault.Protocol;

namespace Vault.Grains.SignIn;

/// <summary>
/// The second factor's secrets, which the server has to keep: TOTP (RFC 6238) with SHA-1, 6 digits and 30 s, as every authenticator
/// knows it, sealed under a key that only silos have, so that the store alone does not hold it; backup codes as keyed hashes.
/// </summary>
internal sealed class OneTimeCodes(SiloKeys keys, StorageGuard guard)
{
    /// <summary>Length of a secret, in bytes (RFC 4226 section 4: as long as the hash).</summary>
    public const int SecretLength = 20;

    private const int StepSeconds = 30, Digits = 6;
    private const string SecretLabel = "vault totp secret", BackupLabel = "vault backup code";

    // RFC 6238 section 5.2: one step before and behind, for slow people and clocks.
    private static readonly VerificationWindow Window = new(previous: 1, future: 1);

    /// <summary>Seals a secret for the account's stream.</summary>
    public byte[] Seal(AccountId account, ReadOnlySpan<byte> secret)
    {
        using var key = keys.Derive(SecretLabel);
        return XChaCha20Poly1305.Seal(secret, AssociatedData(account), key.Span);
    }

    /// <summary>The time step that a code belongs to, counted from 1970 in steps of 30 s; null where it is no code of this time.</summary>
    public long? FindStep(AccountId account, byte[] sealedSecret, string code, DateTimeOffset now)
    {
        var digits = string.Concat(code.Where(c => c != ' '));
        if (digits.Length != Digits || !digits.All(char.IsAsciiDigit))
        {
            return null;
        }

        var secret = new byte[SecretLength];
        try
        {
            using var key = keys.Derive(SecretLabel);
            if (!XChaCha20Poly1305.TryOpen(secret, sealedSecret, AssociatedData(account), key.Span))
            {
                throw guard.Damaged($"second factor of account {account}");
            }

            var totp = new Totp(secret, StepSeconds, OtpHashMode.Sha1, Digits);
            return totp.VerifyTotp(now.UtcDateTime, digits, out var step, Window) ? step : null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    /// <summary>What is stored of a backup code; null where the text cannot be one.</summary>
    public byte[]? HashBackupCode(AccountId account, string text)
    {
        if (!BackupCode.TryParse(text, out var code))
        {
            return null;
        }

        using var key = keys.Derive(BackupLabel);
        return HMACSHA256.HashData(key.Span, [.. VaultId.ToBytes(account), .. Encoding.ASCII.GetBytes(code)]);
    }

    // label ‖ 0 ‖ account (16): a sealed secret opens in no other account.
    private static byte[] AssociatedData(AccountId account) =>
        [.. Encoding.ASCII.GetBytes(SecretLabel), 0, .. VaultId.ToBytes(account)];
}

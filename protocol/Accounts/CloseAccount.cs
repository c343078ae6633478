namespace Vault.Protocol;

/// <summary>Closes the account for good, in a session that was just started. Sent again it is done already.</summary>
/// <param name="Proof">See <see cref="ClosingProof"/>.</param>
/// <param name="OneTimeCode">Where the account has a second factor: its code, or a backup code; otherwise null.</param>
public sealed record CloseAccountRequest(byte[] Proof, string? OneTimeCode)
{
    /// <summary>Without its contents: a call that failed is logged with its arguments.</summary>
    public override string ToString() => nameof(CloseAccountRequest);
}

/// <summary>The signature that shows that the holder of the key ring wants the account closed, and not only a gateway.</summary>
public static class ClosingProof
{
    private const string Label = "Vault/1 close account";

    /// <summary>Signs for one account, in one session.</summary>
    public static byte[] Sign(AccountId account, ReadOnlySpan<byte> sessionKey, ReadOnlySpan<byte> seed) =>
        SignedBytes.Sign(Label, Message(account, sessionKey), seed);

    /// <summary>Whether the holder of <paramref name="signingKey"/> made it for this account and session.</summary>
    public static bool Verify(
        ReadOnlySpan<byte> proof, AccountId account, ReadOnlySpan<byte> sessionKey, ReadOnlySpan<byte> signingKey) =>
        proof.Length == SignedProfile.SignatureLength
        && SignedBytes.Verify(Label, Message(account, sessionKey), proof, signingKey);

    // account (16) ‖ session's public key (32)
    private static byte[] Message(AccountId account, ReadOnlySpan<byte> sessionKey) => [.. VaultId.ToBytes(account), .. sessionKey];
}

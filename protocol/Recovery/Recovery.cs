namespace Vault.Protocol;

/// <summary>Asks for a recovery code by mail. The answer is the same whether the address has an account or not.</summary>
/// <param name="Email">The address as typed.</param>
public sealed record RecoveryRequest(string Email)
{
    /// <summary>Without its contents: a call that failed is logged with its arguments.</summary>
    public override string ToString() => nameof(RecoveryRequest);
}

/// <summary>Spends a mailed code: it opens one new OPAQUE registration, on this connection alone.</summary>
/// <param name="Email">The address as typed.</param>
/// <param name="Code">The code as typed.</param>
/// <param name="RegistrationRequest">OPAQUE RegistrationRequest of the new password, 32 bytes.</param>
/// <param name="HasSecondFactor">
/// Whether the client has what an account with a second factor will want at the end: its code, or the recovery key. Without it such an
/// account answers <see cref="ErrorCode.CodeRequired"/>, and the mailed code stays good.
/// </param>
public sealed record ResetStartRequest(string Email, string Code, byte[] RegistrationRequest, bool HasSecondFactor = true)
{
    /// <summary>Without its contents: a call that failed is logged with its arguments.</summary>
    public override string ToString() => nameof(ResetStartRequest);
}

/// <summary>The code was right. Nothing has changed yet.</summary>
/// <param name="Account">The account.</param>
/// <param name="RegistrationResponse">OPAQUE RegistrationResponse, 64 bytes.</param>
/// <param name="Profile">The profile as it is published now; a new key ring's profile follows it.</param>
/// <param name="RecoverySealedKeyRing">The key ring under the recovery key.</param>
/// <param name="ExpiresAt">Until when the reset can be finished.</param>
public sealed record ResetStartReply(
    AccountId Account, byte[] RegistrationResponse, SignedProfile Profile, byte[] RecoverySealedKeyRing, DateTimeOffset ExpiresAt);

/// <summary>Ends a reset on the connection that it began on. With the recovery key the key ring stays; without it a new one begins.</summary>
/// <param name="RegistrationRecord">OPAQUE RegistrationRecord of the new password, 192 bytes.</param>
/// <param name="SealedKeyRing">The key ring under a key from the new export key.</param>
/// <param name="RecoveryProof">
/// With the recovery key: Ed25519 over <c>Vault/1 reset ‖ 0x00 ‖ handshake hash ‖ SHA-256(record) ‖ SHA-256(sealed ring)</c> by the key
/// ring's signing key, 64 bytes, which only who opened the ring can make. Null without it.
/// </param>
/// <param name="NewKeys">Without the recovery key: what a new key ring brings. Null with it.</param>
/// <param name="OneTimeCode">
/// Without the recovery key, where the account has a second factor: its code, or a backup code. The login that follows on this connection
/// needs no other.
/// </param>
public sealed record ResetFinishRequest(
    string Email, byte[] RegistrationRecord, byte[] SealedKeyRing, byte[]? RecoveryProof, NewKeys? NewKeys, string? OneTimeCode = null)
{
    /// <summary>Without its contents: a call that failed is logged with its arguments.</summary>
    public override string ToString() => nameof(ResetFinishRequest);
}

/// <summary>What comes with a new key ring.</summary>
/// <param name="RecoverySealedKeyRing">The ring under a new recovery key.</param>
/// <param name="Profile">The next version of the profile, with the new keys.</param>
public sealed record NewKeys(byte[] RecoverySealedKeyRing, SignedProfile Profile);

/// <summary>The password is the new one; all sessions have ended.</summary>
public sealed record ResetFinishReply(AccountId Account);

/// <summary>Asks, between start and finish of a reset, what would be lost without the recovery key.</summary>
/// <param name="Limit">1 to <see cref="MaxLimit"/>.</param>
public sealed record LossesRequest(string Email, FileId? After, int Limit)
{
    /// <summary>The most entries in a page.</summary>
    public const int MaxLimit = 250;

    /// <summary>Without its contents: a call that failed is logged with its arguments.</summary>
    public override string ToString() => nameof(LossesRequest);
}

/// <summary>A page of what a reset without the recovery key would make unreadable, in the order of the file ids.</summary>
/// <param name="Next">Pass as <see cref="LossesRequest.After"/> for the next page; null at the end. A page may be empty before it.</param>
public sealed record LossesPage(IReadOnlyList<LossEntry> Files, FileId? Next);

/// <summary>One file that only the present key ring opens.</summary>
/// <param name="IsReceived">Whether somebody gave it; otherwise it is one's own, sealed to one's own key.</param>
/// <param name="StoredLength">Header and payload of the newest version, in bytes.</param>
/// <param name="StoredAt">When that version was stored.</param>
public sealed record LossEntry(FileId File, bool IsReceived, long StoredLength, DateTimeOffset StoredAt);

/// <summary>The signature that shows that somebody opened the key ring with the recovery key.</summary>
public static class RecoveryProof
{
    private const string Label = "Vault/1 reset";

    /// <summary>Signs; the message binds the channel and what is stored.</summary>
    public static byte[] Sign(ReadOnlySpan<byte> handshakeHash, ReadOnlySpan<byte> record, ReadOnlySpan<byte> ring, ReadOnlySpan<byte> seed) =>
        SignedBytes.Sign(Label, Message(handshakeHash, record, ring), seed);

    /// <summary>Whether the holder of <paramref name="signingKey"/> made it for this channel and these bytes.</summary>
    public static bool Verify(
        ReadOnlySpan<byte> proof, ReadOnlySpan<byte> handshakeHash, ReadOnlySpan<byte> record, ReadOnlySpan<byte> ring,
        ReadOnlySpan<byte> signingKey) =>
        proof.Length == SignedProfile.SignatureLength
        && SignedBytes.Verify(Label, Message(handshakeHash, record, ring), proof, signingKey);

    private static byte[] Message(ReadOnlySpan<byte> handshakeHash, ReadOnlySpan<byte> record, ReadOnlySpan<byte> ring) =>
    [
        .. handshakeHash, .. System.Security.Cryptography.SHA256.HashData(record), .. System.Security.Cryptography.SHA256.HashData(ring),
    ];
}

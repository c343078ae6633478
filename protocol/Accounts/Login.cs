namespace Vault.Protocol;

/// <summary>First message of a login.</summary>
/// <param name="Email">The address as typed.</param>
/// <param name="Ke1">OPAQUE KE1, 96 bytes.</param>
public sealed record LoginStartRequest(string Email, byte[] Ke1)
{
    /// <summary>Without its contents: a call that failed is logged with its arguments.</summary>
    public override string ToString() => nameof(LoginStartRequest);
}

/// <summary>Second message of a login.</summary>
/// <param name="Ke2">OPAQUE KE2, 320 bytes.</param>
public sealed record LoginStartReply(byte[] Ke2);

/// <summary>Third message of a login, on the same connection as the first: its handshake hash is in OPAQUE's context.</summary>
/// <param name="Email">The same address as in the first message.</param>
/// <param name="Ke3">OPAQUE KE3, 64 bytes.</param>
/// <param name="Device">A name for the device, shown in the list of sessions; at most 100 characters.</param>
public sealed record LoginFinishRequest(string Email, byte[] Ke3, string Device)
{
    /// <summary>Without its contents: a call that failed is logged with its arguments.</summary>
    public override string ToString() => nameof(LoginFinishRequest);
}

/// <summary>A session now runs under the static key of this connection.</summary>
/// <param name="Account">The account; goes into handshake message 3 of later connections with the same key.</param>
/// <param name="SealedKeyRing">The key ring under a key from OPAQUE's export key.</param>
/// <param name="Profile">The account's own profile as the server publishes it.</param>
/// <param name="ExpiresAt">When the session ends by itself.</param>
public sealed record LoginFinishReply(
    AccountId Account, byte[] SealedKeyRing, SignedProfile Profile, DateTimeOffset ExpiresAt);

/// <summary>The running session and its account.</summary>
/// <param name="UsedBytes">Stored and reserved ciphertext, all versions, in bytes.</param>
/// <param name="QuotaBytes">What the account may use, in bytes.</param>
public sealed record SessionReply(
    AccountId Account, string Email, string Device, DateTimeOffset StartedAt, DateTimeOffset ExpiresAt,
    long UsedBytes, long QuotaBytes);

namespace Vault.Protocol;

/// <summary>Ends a login that was answered with <see cref="ErrorCode.CodeRequired"/>, on the same connection.</summary>
/// <param name="Email">The same address as before.</param>
/// <param name="Code">Six digits of the authenticator, or a backup code, as typed; at most <see cref="MaxCodeLength"/> characters.</param>
/// <param name="Device">A name for the device, shown in the list of sessions; at most 100 characters.</param>
public sealed record LoginCodeRequest(string Email, string Code, string Device)
{
    /// <summary>The longest code accepted, in characters.</summary>
    public const int MaxCodeLength = 40;

    /// <summary>Without its contents: a call that failed is logged with its arguments.</summary>
    public override string ToString() => nameof(LoginCodeRequest);
}

/// <summary>The secret to put into an authenticator; nothing is on before a code made with it comes back.</summary>
/// <param name="Secret">20 bytes for TOTP (RFC 6238): SHA-1, 6 digits, 30 s.</param>
public sealed record TotpSecretReply(byte[] Secret);

/// <summary>Switches the second factor on. Sent again unchanged it gives the same answer.</summary>
/// <param name="Code">What the authenticator shows.</param>
/// <param name="BackupCodes"><see cref="BackupCode.Count"/> different codes, made by the client, so that a lost answer loses none.</param>
public sealed record EnableTotpRequest(string Code, IReadOnlyList<string> BackupCodes)
{
    /// <summary>Without its contents: a call that failed is logged with its arguments.</summary>
    public override string ToString() => nameof(EnableTotpRequest);
}

/// <summary>Switches the second factor off.</summary>
/// <param name="Code">What the authenticator shows, or a backup code.</param>
public sealed record DisableTotpRequest(string Code)
{
    /// <summary>Without its contents: a call that failed is logged with its arguments.</summary>
    public override string ToString() => nameof(DisableTotpRequest);
}

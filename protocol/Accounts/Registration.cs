namespace Vault.Protocol;

/// <summary>First half of a registration (RFC 9807 section 5): the blinded password.</summary>
/// <param name="Email">The address as typed; both sides normalise it with <see cref="EmailAddress"/>.</param>
/// <param name="RegistrationRequest">OPAQUE RegistrationRequest, 32 bytes.</param>
public sealed record RegistrationStartRequest(string Email, byte[] RegistrationRequest)
{
    /// <summary>Without its contents: a call that failed is logged with its arguments.</summary>
    public override string ToString() => nameof(RegistrationStartRequest);
}

/// <summary>Answer to <see cref="RegistrationStartRequest"/>.</summary>
/// <param name="RegistrationResponse">OPAQUE RegistrationResponse, 64 bytes.</param>
public sealed record RegistrationStartReply(byte[] RegistrationResponse);

/// <summary>Second half of a registration. Sent again unchanged it gives the same answer.</summary>
/// <param name="Email">The address as typed.</param>
/// <param name="RegistrationRecord">OPAQUE RegistrationRecord, 192 bytes.</param>
/// <param name="SealedKeyRing">The key ring under a key from OPAQUE's export key.</param>
/// <param name="RecoverySealedKeyRing">The key ring under the recovery key.</param>
/// <param name="Profile">The public profile, signed by its own signing key.</param>
/// <param name="Invitation"><c>vaultinvite1…</c>, where the server wants one.</param>
public sealed record RegistrationFinishRequest(
    string Email, byte[] RegistrationRecord, byte[] SealedKeyRing, byte[] RecoverySealedKeyRing, SignedProfile Profile,
    string? Invitation = null)
{
    /// <summary>Without its contents: a call that failed is logged with its arguments.</summary>
    public override string ToString() => nameof(RegistrationFinishRequest);
}

/// <summary>Answer to <see cref="RegistrationFinishRequest"/>.</summary>
/// <param name="Account">The new account. Null where the server confirms addresses: then the answer is the same for an address that
/// has an account, and the person finds in the mail what to do.</param>
public sealed record RegistrationFinishReply(AccountId? Account);

/// <summary>Brings back the code that was mailed at a registration; from then on the account exists.</summary>
/// <param name="Email">The address as typed.</param>
/// <param name="Code">As typed.</param>
public sealed record ConfirmAddressRequest(string Email, string Code)
{
    /// <summary>Without its contents: a call that failed is logged with its arguments.</summary>
    public override string ToString() => nameof(ConfirmAddressRequest);
}

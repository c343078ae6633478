namespace Vault.Protocol;

/// <summary>Looks up whom an e-mail address belongs to. In a body, so that addresses are in no path.</summary>
/// <param name="Email">The address as typed.</param>
public sealed record FindProfileRequest(string Email)
{
    /// <summary>Without its contents: a call that failed is logged with its arguments.</summary>
    public override string ToString() => nameof(FindProfileRequest);
}

/// <summary>An account and what it publishes.</summary>
/// <param name="Account">The account, which a grant names as its recipient.</param>
public sealed record ProfileReply(AccountId Account, SignedProfile Profile);

using Vault.Protocol;

namespace Vault.Client;

/// <summary>A person whose keys this account remembers.</summary>
/// <param name="Email">The address that the pinned profile names.</param>
/// <param name="Account">The account.</param>
/// <param name="Fingerprint">12 groups of 5 digits made of both people's profiles: both see the same, unless somebody stands between them.</param>
/// <param name="Verified">Whether the person confirmed the fingerprint, for the keys pinned now.</param>
/// <param name="ProfileVersion">1 for the account's first keys.</param>
/// <param name="FirstSeen">When this account first met the person.</param>
/// <param name="VerifiedAt">When the fingerprint was confirmed; null where it was not.</param>
public sealed record VaultContact(
    string Email, AccountId Account, string Fingerprint, bool Verified, int ProfileVersion, DateTimeOffset FirstSeen, DateTimeOffset? VerifiedAt);

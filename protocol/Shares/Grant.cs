namespace Vault.Protocol;

/// <summary>What the owner signs to give one version to one person; always carried as the exact bytes that were signed (<see cref="SignedGrant"/>).</summary>
/// <param name="Owner">The account that gives.</param>
/// <param name="File">The file.</param>
/// <param name="Version">The version, which is the newest when the grant is made.</param>
/// <param name="Manifest">SHA-256 of that version's manifest bytes.</param>
/// <param name="Recipient">The account that receives.</param>
/// <param name="RecipientProfile">SHA-256 of the recipient's profile bytes, to whose age recipient the header is written.</param>
/// <param name="Header">SHA-256 of the age header for the recipient.</param>
/// <param name="ExpiresAt">When the share ends by itself; null where it does not.</param>
/// <param name="Number">Counts the grants of a file from 1, those revoked too: no grant can be given a second time.</param>
public sealed record Grant(
    AccountId Owner, FileId File, int Version, byte[] Manifest, AccountId Recipient, byte[] RecipientProfile, byte[] Header,
    DateTimeOffset? ExpiresAt, long Number);

using Vault.Cryptography.Primitives;
using Vault.Protocol;

namespace Vault.Client;

/// <summary>One file, given to one person.</summary>
/// <param name="File">The file.</param>
/// <param name="Name">Its name in its owner's vault; null where the owner has no name for it any more.</param>
/// <param name="Person">The other side's address: the recipient of a file given, the owner of one received.</param>
/// <param name="Account">The other side's account.</param>
/// <param name="Fingerprint">Of both profiles; the other side sees the same.</param>
/// <param name="Verified">Whether this fingerprint was confirmed.</param>
/// <param name="GrantedAt">When the server stored the grant.</param>
/// <param name="ExpiresAt">When the share ends by itself; null where it does not.</param>
/// <param name="Number">The grant's number.</param>
public sealed record VaultShare(
    FileId File, string? Name, string Person, AccountId Account, string Fingerprint, bool Verified, DateTimeOffset GrantedAt,
    DateTimeOffset? ExpiresAt, long Number)
{
    /// <summary>Which way.</summary>
    public ShareDirection Direction { get; init; }

    /// <summary>Whether the person's keys are still those that the grant was made for; if not, grant again.</summary>
    public bool IsReadable { get; init; } = true;

    /// <summary>Whether this account had never met the person before.</summary>
    public bool IsFirstContact { get; init; }
}

/// <summary>Which way a file was given.</summary>
public enum ShareDirection
{
    /// <summary>By this account.</summary>
    Given,

    /// <summary>To this account.</summary>
    Received,
}

/// <summary>How to give a file.</summary>
public sealed record GrantOptions
{
    /// <summary>The file's own password, UTF-8, where it has one. Stays the caller's to dispose.</summary>
    public SecretBytes? Password { get; init; }

    /// <summary>When the share ends by itself; null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Only if this is the recipient's fingerprint; then it is confirmed too.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>Only to people whose fingerprint was confirmed.</summary>
    public bool RequireVerified { get; init; }

    /// <summary>Put this grant in the place of one that the person has already.</summary>
    public bool Replace { get; init; }
}

/// <summary>What became of one recipient: has the file, or the reason why not.</summary>
/// <param name="Recipient">As asked for.</param>
public sealed record GrantResult(string Recipient, VaultShare? Share, VaultException? Error);

/// <summary>One file that somebody gave, or why it cannot be shown.</summary>
/// <param name="Id">The file.</param>
public sealed record ReceivedFile(FileId Id, VaultFile? File, VaultShare? Share, VaultException? Error);

/// <summary>Somebody who had the version before and was not given the new one.</summary>
/// <param name="Person">The address, where it is known.</param>
public sealed record LostShare(string Person, AccountId Account, string Reason);

/// <summary>Whose a received file is.</summary>
/// <param name="Email">The owner's address.</param>
public sealed record VaultFileOwner(AccountId Account, string Email);

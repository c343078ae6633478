namespace Vault.Protocol;

/// <summary>Who has a file of the caller's. Expired shares are not in it.</summary>
/// <param name="File">The file.</param>
/// <param name="Target">What the next grant of it must say.</param>
/// <param name="Shares">By grant number.</param>
public sealed record FileSharesReply(FileId File, GrantTarget Target, IReadOnlyList<GivenShare> Shares);

/// <summary>One file, given to one person.</summary>
/// <param name="Recipient">Who has it.</param>
/// <param name="Profile">The recipient's profile as it is published now; null where the account is gone.</param>
/// <param name="RecipientProfile">SHA-256 of the profile that the grant was made for: another one means new keys since then.</param>
/// <param name="Number">The grant's number.</param>
/// <param name="ExpiresAt">When the share ends by itself; null where it does not.</param>
/// <param name="GrantedAt">When the server stored the grant.</param>
public sealed record GivenShare(
    AccountId Recipient, SignedProfile? Profile, byte[] RecipientProfile, long Number, DateTimeOffset? ExpiresAt,
    DateTimeOffset GrantedAt);

/// <summary>The caller's shared files, in the order of the file ids.</summary>
/// <param name="Next">Pass as <see cref="Routes.AfterQuery"/> for the next page; null at the end. A page may be empty before it.</param>
public sealed record GivenSharesPage(IReadOnlyList<FileSharesReply> Files, FileId? Next)
{
    /// <summary>Files in a page unless asked otherwise, and the most that may be asked for.</summary>
    public const int DefaultLimit = 50, MaxLimit = 100;

    /// <summary>A page ends early behind the file with which it has this many shares.</summary>
    public const int ManyShares = 1_024;
}

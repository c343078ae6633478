namespace Vault.Protocol;

/// <summary>Who has a file of the caller's. Expired shares are not in it.</summary>
/// <param name="File">The file.</param>
/// <param name="Target">What the next grant of it must say.</param>
/// <param name="Shares">By grant number.</param>
public sealed record FileSharesReply(FileId File, GrantTarget Target, IReadOnlyList<GivenShare> Shares);

/// <summary>One file, given to one person.</summary>
/// <param name="Recipient">Who has it.</param>
/// <param name="Profile">The recipient's profile as it is published now; null where the account is gone.</param>
/// <param name="Grant">
/// As the owner signed it, so that the owner's client need not believe the server who has the file: what it gives to these people
/// again with the next version it gives because of its own signature.
/// </param>
/// <param name="GrantedAt">When the server stored the grant.</param>
public sealed record GivenShare(AccountId Recipient, SignedProfile? Profile, SignedGrant Grant, DateTimeOffset GrantedAt);

/// <summary>The caller's shared files, in the order of the file ids.</summary>
/// <param name="Next">Pass as <see cref="Routes.AfterQuery"/> for the next page; null at the end. A page may be empty before it.</param>
public sealed record GivenSharesPage(IReadOnlyList<FileSharesReply> Files, FileId? Next)
{
    /// <summary>Files in a page unless asked otherwise, and the most that may be asked for.</summary>
    public const int DefaultLimit = 50, MaxLimit = 100;

    /// <summary>A page ends early behind the file with which it has this many shares.</summary>
    public const int ManyShares = 1_024;
}

namespace Vault.Protocol;

/// <summary>A grant and the header that it binds.</summary>
/// <param name="Header">
/// The complete age header for the recipient, the final newline included, at most <see cref="MaxHeaderLength"/> bytes. The
/// payload of the version follows it.
/// </param>
public sealed record ShareGrant(SignedGrant Grant, byte[] Header)
{
    /// <summary>The longest header accepted, in bytes; one <c>mlkem768x25519</c> stanza makes 1,627.</summary>
    public const int MaxHeaderLength = 2 * 1024;
}

/// <summary>Gives the newest version of a file to people: all of them, or none.</summary>
/// <param name="Command">Chosen by the client; the same request sent again gets the same answer.</param>
/// <param name="Grants">1 to <see cref="MaxGrants"/>, each for another person, their numbers rising.</param>
/// <param name="Replace">Whether a person who has the file already gets this grant in place of the one before; otherwise
/// that is a conflict (<see cref="ShareConflictReason.AlreadyGranted"/>).</param>
public sealed record GrantSharesRequest(CommandId Command, IReadOnlyList<ShareGrant> Grants, bool Replace = false)
{
    /// <summary>The most grants in one request.</summary>
    public const int MaxGrants = 256;

    /// <summary>The most people who can have one file at the same time.</summary>
    public const int MaxShares = 1_024;
}

/// <summary>The grants are stored.</summary>
/// <param name="Version">The version that was given.</param>
/// <param name="LastNumber">The highest grant number among them.</param>
/// <param name="StreamVersion">The version of the file's event stream that holds them.</param>
/// <param name="LineHash">That line's hash in the chain, 64 hexadecimal digits.</param>
public sealed record GrantSharesReply(FileId File, int Version, long LastNumber, long StreamVersion, string LineHash);

/// <summary>Who has a new version of a file, decided together with it.</summary>
/// <remarks>
/// Everybody who has the version before and is neither granted this one nor named in <paramref name="Dropped"/> is a conflict
/// (<see cref="ShareConflictReason.RecipientsLeftOut"/>). Who is dropped loses all versions.
/// </remarks>
/// <param name="Grants">For the new version, at most <see cref="GrantSharesRequest.MaxShares"/>, their numbers rising.</param>
/// <param name="Dropped">Those who lose the file; who does not have it is no error.</param>
/// <param name="RemoveOlder">
/// Whether all older versions and their payloads are deleted: with a new file key, which every new version has, a revoked
/// recipient's old key then opens nothing that is stored.
/// </param>
public sealed record VersionShares(
    IReadOnlyList<ShareGrant> Grants, IReadOnlyList<AccountId> Dropped, bool RemoveOlder = false);

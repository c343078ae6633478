namespace Vault.Protocol;

/// <summary>One file that somebody gave to the caller: what is needed to name it, check it and fetch it.</summary>
/// <param name="Owner">Whose file it is; the profile is among the page's <see cref="ReceivedSharesPage.Owners"/>.</param>
/// <param name="File">The file.</param>
/// <param name="Version">The version that the caller has.</param>
/// <param name="Grant">Signed by the owner.</param>
/// <param name="Header">The age header for the caller.</param>
/// <param name="Metadata">Metadata sealed under the file key.</param>
/// <param name="Manifest">Signed by the owner.</param>
/// <param name="StoredAt">When the version was stored.</param>
/// <param name="GrantedAt">When the server stored the grant.</param>
/// <param name="Revised">Signed by the owner, where the metadata are not those that came with the version; otherwise null.</param>
public sealed record ReceivedShare(
    AccountId Owner, FileId File, int Version, SignedGrant Grant, byte[] Header, byte[] Metadata, SignedManifest Manifest,
    DateTimeOffset StoredAt, DateTimeOffset GrantedAt, SignedRevision? Revised = null);

/// <summary>A page of what the caller has received, in the order of the file ids.</summary>
/// <param name="Owners">The profiles of all owners in the page, each once, as they are published now.</param>
/// <param name="Next">Pass as <see cref="Routes.AfterQuery"/> for the next page; null at the end. A page may be empty before it.</param>
public sealed record ReceivedSharesPage(
    IReadOnlyList<ReceivedShare> Shares, IReadOnlyList<ProfileReply> Owners, FileId? Next)
{
    /// <summary>Shares in a page unless asked otherwise, and the most that may be asked for.</summary>
    public const int DefaultLimit = 100, MaxLimit = 250;
}

/// <summary>What a version that was received has besides: why the caller may have it.</summary>
/// <param name="Grant">Signed by the owner; binds the manifest and the header of the answer.</param>
/// <param name="OwnerProfile">The owner's profile as it is published now.</param>
public sealed record ReceivedGrant(SignedGrant Grant, SignedProfile OwnerProfile);

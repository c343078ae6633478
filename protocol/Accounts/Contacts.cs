namespace Vault.Protocol;

/// <summary>The account's contacts, sealed by the client.</summary>
/// <param name="Version">Counts what was stored; 0 where nothing was.</param>
/// <param name="Sealed">What the client stored; null with version 0, and where the client said that it has this version.</param>
public sealed record ContactsReply(int Version, byte[]? Sealed);

/// <summary>Stores the contacts in place of those before.</summary>
/// <param name="Version">
/// The version that this becomes: one above what the client has read. A conflict where another client stored first; the same
/// request sent again is none.
/// </param>
/// <param name="Sealed">1 to <see cref="MaxLength"/> bytes.</param>
public sealed record PutContactsRequest(int Version, byte[] Sealed)
{
    /// <summary>The longest sealed contacts accepted, in bytes.</summary>
    public const int MaxLength = 4 * 1024 * 1024;
}

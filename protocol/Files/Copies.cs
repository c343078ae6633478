namespace Vault.Protocol;

/// <summary>Makes a version out of the content of a stored one, which stays where it is.</summary>
/// <param name="File">The copy's id if the name is new; otherwise it becomes the next version of the file that has the name.</param>
/// <param name="NameTag">HMAC of the copy's normalised path, <see cref="ReserveSendRequest.NameTagLength"/> bytes.</param>
/// <param name="Commit">
/// As a send ends, with the copy's own header, metadata and manifest; without part hashes, which are those of the version that is copied.
/// </param>
public sealed record CopyVersionRequest(FileId File, byte[] NameTag, CommitSendRequest Commit);

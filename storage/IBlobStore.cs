namespace Vault.Storage;

/// <summary>Named contents: small ones written whole, large ones in parts. Whatever is visible is whole.</summary>
/// <remarks>
/// All members throw <see cref="StorageException"/> with <see cref="StorageError.Unavailable"/> when the backend fails;
/// only other reasons are listed. Calls may run at the same time, on one name too. A blob must not lie beneath another
/// one (<c>a/b</c> and <c>a/b/c</c>); a backend may refuse the second with <see cref="StorageError.Conflict"/>.
/// </remarks>
public interface IBlobStore
{
    /// <summary>
    /// Stores a small blob, atomically and durably, unless the name is taken: then it changes nothing and answers
    /// false. Of two callers at once exactly one gets true.
    /// </summary>
    Task<bool> CreateAsync(BlobName name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>
    /// Stores a small blob, atomically and durably, in place of what the name had; readers see old or new.
    /// </summary>
    Task ReplaceAsync(BlobName name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>Reads a small blob whole; null when there is none.</summary>
    /// <exception cref="StorageException">
    /// <see cref="StorageError.TooLarge"/>: it is longer than <paramref name="maxLength"/> bytes.
    /// </exception>
    Task<byte[]?> ReadAsync(BlobName name, int maxLength, CancellationToken cancellationToken);

    /// <summary>
    /// Opens <paramref name="length"/> bytes from <paramref name="offset"/>; null when there is no such blob. The
    /// caller disposes the stream. When the blob is replaced or deleted meanwhile it reads on or fails; it never gives
    /// bytes of two blobs.
    /// </summary>
    /// <exception cref="StorageException">
    /// <see cref="StorageError.InvalidRange"/>: the range reaches outside the blob. While reading:
    /// <see cref="StorageError.Damaged"/>: the blob became shorter.
    /// </exception>
    Task<Stream?> OpenReadAsync(BlobName name, long offset, long length, CancellationToken cancellationToken);

    /// <summary>A blob's length in bytes; null when there is none.</summary>
    Task<long?> LengthAsync(BlobName name, CancellationToken cancellationToken);

    /// <summary>How many bytes of memory <see cref="StagePartAsync"/> takes for a part of this length, at most.</summary>
    int PartMemory(int length);

    /// <summary>
    /// Receives one part of a large blob: in any order, in parallel, again as often as need be. Exactly
    /// <see cref="BlobPart.Length"/> bytes are read from <paramref name="content"/> and hashed as they pass; the
    /// stream's own exceptions pass through and leave the part unstaged. Memory is <see cref="PartMemory"/>.
    /// </summary>
    /// <remarks>
    /// A part in the place of a staged one with another hash replaces it; a backend that keeps what was replaced until the
    /// commit may refuse it with <see cref="StorageError.Conflict"/> when that becomes more than what stands. A staged part outlives a restart of this
    /// process, but may be lost with the machine's power: <see cref="CommitAsync"/> then names it as missing.
    /// When the blob exists already, the part is checked against its own hash and is of no use; the commit decides.
    /// </remarks>
    /// <exception cref="StorageException">
    /// <see cref="StorageError.PartMismatch"/>: the content is shorter or longer or has another hash. The part is not
    /// staged.
    /// </exception>
    Task StagePartAsync(BlobName name, BlobPart part, Stream content, CancellationToken cancellationToken);

    /// <summary>
    /// The parts staged for a name and not yet committed, by index, so that a resumed sender skips them.
    /// </summary>
    Task<IReadOnlyList<BlobPart>> StagedPartsAsync(BlobName name, CancellationToken cancellationToken);

    /// <summary>
    /// Makes the blob visible: whole, durable, and made of exactly these parts. Succeeds again when the blob already
    /// has exactly this content. No parts make an empty blob.
    /// </summary>
    /// <exception cref="ArgumentException">The parts are not numbered from 0, or leave a gap, or overlap.</exception>
    /// <exception cref="StorageException">
    /// <see cref="StorageError.PartMissing"/>: some are not staged with that hash; those that are stay staged.
    /// <see cref="StorageError.Conflict"/>: the name is taken by other content.
    /// </exception>
    Task CommitAsync(BlobName name, IReadOnlyList<BlobPart> parts, CancellationToken cancellationToken);

    /// <summary>Drops what was staged for a name; a committed blob stays.</summary>
    Task AbandonAsync(BlobName name, CancellationToken cancellationToken);

    /// <summary>
    /// Deletes a blob, durably; does nothing when there is none. What is staged under its name may go with it.
    /// </summary>
    Task DeleteAsync(BlobName name, CancellationToken cancellationToken);

    /// <summary>
    /// Deletes a small blob, durably, if it has exactly this content; does nothing when there is none, or one with other
    /// content, be it that it came in this one's place at the same time.
    /// </summary>
    Task DeleteIfAsync(BlobName name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>
    /// Deletes every blob beneath a folder and everything staged there. The blobs go one by one; after a failure, call
    /// it again.
    /// </summary>
    Task DeleteFolderAsync(BlobName folder, CancellationToken cancellationToken);

    /// <summary>
    /// Every blob beneath a folder, in no order; those created or deleted meanwhile may be in it or not.
    /// </summary>
    IAsyncEnumerable<BlobEntry> ListAsync(BlobName folder, CancellationToken cancellationToken);

    /// <summary>
    /// Every name beneath a folder that has staged parts and no blob, likewise: what <see cref="AbandonAsync"/> is for.
    /// </summary>
    IAsyncEnumerable<BlobName> ListStagedAsync(BlobName folder, CancellationToken cancellationToken);

    /// <summary>Every blob there is, likewise.</summary>
    IAsyncEnumerable<BlobEntry> ListAllAsync(CancellationToken cancellationToken);
}

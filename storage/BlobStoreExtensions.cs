namespace Vault.Storage;

/// <summary>What every blob store can do with the members it has.</summary>
public static class BlobStoreExtensions
{
    /// <summary>
    /// Stores a small content that never changes, in one step; a repeated call with the same bytes succeeds, so a
    /// caller that missed the answer just calls again.
    /// </summary>
    /// <exception cref="StorageException"><see cref="StorageError.Conflict"/>: the name has other content.</exception>
    public static async Task PutAsync(
        this IBlobStore store, BlobName name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(store);
        if (await store.CreateAsync(name, content, cancellationToken).ConfigureAwait(false))
        {
            return;
        }

        if (await store.LengthAsync(name, cancellationToken).ConfigureAwait(false) != content.Length
            || await store.ReadAsync(name, content.Length, cancellationToken).ConfigureAwait(false) is not { } stored
            || !content.Span.SequenceEqual(stored))
        {
            throw new StorageException(StorageError.Conflict, $"The blob {name} exists with other content.");
        }
    }
}

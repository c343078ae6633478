using Vault.Cryptography.Primitives;

namespace Vault.Cryptography.Age;

/// <summary>
/// Whole age v1 files on streams, <see href="https://c2sp.org/age">c2sp.org/age</see>: header, then payload. Memory is
/// constant whatever the file's size. Armoured text is read through an <see cref="ArmorReader"/>.
/// </summary>
public static class AgeFile
{
    private const int CopyBufferLength = AgePayload.ChunkSize;

    /// <summary>
    /// Encrypts the rest of <paramref name="plaintext"/> under a new file key; both streams stay open.
    /// </summary>
    /// <remarks>Blocks for scrypt where a passphrase is the recipient.</remarks>
    /// <exception cref="ArgumentException">No recipients, or recipients that a header must not mix.</exception>
    /// <exception cref="CryptographyException">A recipient's key is not valid.</exception>
    public static void Encrypt(Stream plaintext, Stream destination, params IReadOnlyList<AgeRecipient> recipients)
    {
        ArgumentNullException.ThrowIfNull(plaintext);
        ArgumentNullException.ThrowIfNull(destination);
        using var fileKey = SecretBytes.Random(AgeHeader.FileKeyLength);
        destination.Write(AgeHeader.Create(fileKey, recipients));
        using var writer = new AgeWriter(destination, fileKey, leaveOpen: true);
        plaintext.CopyTo(writer, CopyBufferLength);
        writer.Complete();
    }

    /// <inheritdoc cref="Encrypt"/>
    public static async Task EncryptAsync(
        Stream plaintext,
        Stream destination,
        IReadOnlyList<AgeRecipient> recipients,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plaintext);
        ArgumentNullException.ThrowIfNull(destination);
        using var fileKey = SecretBytes.Random(AgeHeader.FileKeyLength);
        await destination.WriteAsync(AgeHeader.Create(fileKey, recipients), cancellationToken).ConfigureAwait(false);
        await using var writer = new AgeWriter(destination, fileKey, leaveOpen: true);
        await plaintext.CopyToAsync(writer, CopyBufferLength, cancellationToken).ConfigureAwait(false);
        await writer.CompleteAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Opens a file for reading its plaintext. Reads the header at once, and some bytes beyond it.</summary>
    /// <remarks>
    /// Blocks for scrypt where the file has a passphrase. On failure <paramref name="source"/> stays open.
    /// </remarks>
    /// <exception cref="AgeException">
    /// As <see cref="AgeHeader.Unwrap(ReadOnlySpan{byte}, IReadOnlyList{AgeIdentity})"/>; a broken payload shows when
    /// it is read.
    /// </exception>
    public static AgeReader Open(Stream source, IReadOnlyList<AgeIdentity> identities, bool leaveOpen = false)
    {
        ArgumentNullException.ThrowIfNull(source);
        var header = HeaderReader.Read(source);
        using var fileKey = AgeHeader.Unwrap(header.Header, identities);
        return new AgeReader(source, header.Rest, fileKey, leaveOpen);
    }

    /// <inheritdoc cref="Open"/>
    public static async Task<AgeReader> OpenAsync(
        Stream source,
        IReadOnlyList<AgeIdentity> identities,
        bool leaveOpen = false,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        var header = await HeaderReader.ReadAsync(source, cancellationToken).ConfigureAwait(false);
        using var fileKey = AgeHeader.Unwrap(header.Header, identities);
        return new AgeReader(source, header.Rest, fileKey, leaveOpen);
    }

    /// <summary>Decrypts a file; both streams stay open.</summary>
    /// <remarks>
    /// What was written before an exception is authentic but not the whole plaintext: the caller discards it.
    /// </remarks>
    /// <exception cref="AgeException">Any <see cref="AgeError"/>.</exception>
    public static void Decrypt(Stream source, Stream destination, params IReadOnlyList<AgeIdentity> identities)
    {
        using var reader = Open(source, identities, leaveOpen: true);
        reader.CopyTo(destination, CopyBufferLength);
    }

    /// <inheritdoc cref="Decrypt"/>
    public static async Task DecryptAsync(
        Stream source,
        Stream destination,
        IReadOnlyList<AgeIdentity> identities,
        CancellationToken cancellationToken = default)
    {
        await using var reader = await OpenAsync(source, identities, leaveOpen: true, cancellationToken)
            .ConfigureAwait(false);
        await reader.CopyToAsync(destination, CopyBufferLength, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Copies a file with a new header for other recipients; the payload is not decrypted, and both streams stay open.
    /// </summary>
    /// <exception cref="ArgumentException">As <see cref="AgeHeader.Create"/>.</exception>
    /// <exception cref="CryptographyException">As <see cref="AgeHeader.ReHead"/>.</exception>
    public static async Task ReHeadAsync(
        Stream source,
        Stream destination,
        IReadOnlyList<AgeIdentity> identities,
        IReadOnlyList<AgeRecipient> recipients,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(destination);
        var header = await HeaderReader.ReadAsync(source, cancellationToken).ConfigureAwait(false);
        var newHeader = AgeHeader.ReHead(header.Header, identities, recipients);
        await destination.WriteAsync(newHeader, cancellationToken).ConfigureAwait(false);
        await destination.WriteAsync(header.Rest, cancellationToken).ConfigureAwait(false);
        await source.CopyToAsync(destination, CopyBufferLength, cancellationToken).ConfigureAwait(false);
    }
}

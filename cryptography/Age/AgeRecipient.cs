namespace Vault.Cryptography.Age;

/// <summary>Someone, or some passphrase, that a header can be written for.</summary>
public abstract class AgeRecipient
{
    private protected AgeRecipient()
    {
    }

    /// <summary>Reads an <c>age1…</c> (X25519) or <c>age1pq1…</c> (hybrid) recipient.</summary>
    /// <exception cref="CryptographyException">
    /// <see cref="CryptographyError.InvalidEncoding"/>: neither kind, or a wrong checksum.
    /// </exception>
    public static AgeRecipient Parse(ReadOnlySpan<char> text) =>
        text.StartsWith(HybridRecipient.TextStart, StringComparison.Ordinal)
            ? HybridRecipient.Parse(text)
            : X25519Recipient.Parse(text);

    /// <summary>A fresh stanza that wraps <paramref name="fileKey"/> (16 bytes) for this recipient.</summary>
    internal abstract AgeStanza Wrap(ReadOnlySpan<byte> fileKey);
}

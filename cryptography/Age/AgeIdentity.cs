namespace Vault.Cryptography.Age;

/// <summary>A secret that opens headers written for its recipient; owns the secret and zeroes it on dispose.</summary>
public abstract class AgeIdentity : IDisposable
{
    private protected AgeIdentity()
    {
    }

    /// <summary>
    /// Reads an <c>AGE-SECRET-KEY-1…</c> (X25519) or <c>AGE-SECRET-KEY-PQ-1…</c> (hybrid) identity. The caller zeroes
    /// the text.
    /// </summary>
    /// <exception cref="CryptographyException">
    /// <see cref="CryptographyError.InvalidEncoding"/>: neither kind, or a wrong checksum.
    /// </exception>
    public static AgeIdentity Parse(ReadOnlySpan<char> text) =>
        text.StartsWith(HybridIdentity.TextStart, StringComparison.Ordinal)
            ? HybridIdentity.Parse(text)
            : X25519Identity.Parse(text);

    /// <summary>Zeroes the secret. Safe to call twice.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Opens <paramref name="stanza"/> into <paramref name="fileKey"/> (16 bytes).</summary>
    /// <returns>Whether the stanza was for this identity; if not, <paramref name="fileKey"/> is all zero.</returns>
    /// <exception cref="AgeException">
    /// The stanza is of this identity's kind and malformed, or asks for too much work.
    /// </exception>
    internal abstract bool TryUnwrap(Span<byte> fileKey, AgeStanza stanza);

    /// <summary>Zeroes the secret.</summary>
    protected abstract void Dispose(bool disposing);
}

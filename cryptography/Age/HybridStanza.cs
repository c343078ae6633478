using System.Text;
using Vault.Cryptography.Primitives;

namespace Vault.Cryptography.Age;

/// <summary>
/// The post-quantum recipient type, <see href="https://c2sp.org/age#mlkem768x25519-recipient-stanza">age,
/// mlkem768x25519</see>: the file key sealed by HPKE to an X-Wing key, info = the label, empty associated data.
/// </summary>
internal static class HybridStanza
{
    internal const string Type = "mlkem768x25519";
    internal const string RecipientPart = "age1pq";
    internal const string IdentityPart = "AGE-SECRET-KEY-PQ-";

    private static ReadOnlySpan<byte> Info => "age-encryption.org/mlkem768x25519"u8;

    /// <summary>-> mlkem768x25519 base64(enc), body = HPKE ciphertext.</summary>
    internal static AgeStanza Wrap(ReadOnlySpan<byte> fileKey, ReadOnlySpan<byte> recipient)
    {
        Span<byte> encapsulated = stackalloc byte[XWing.CiphertextLength];
        var body = new byte[FileKeyBox.BodyLength];
        Hpke.Seal(encapsulated, body, fileKey, recipient, Info, []);
        return new AgeStanza(Type, [Encoding.ASCII.GetString(RawBase64.Encode(encapsulated))], body);
    }

    internal static bool TryUnwrap(Span<byte> fileKey, AgeStanza stanza, ReadOnlySpan<byte> seed)
    {
        if (stanza.Type != Type)
        {
            return false;
        }

        stanza.RequireShape(arguments: 1);
        var encapsulated = stanza.DecodeArgument(0, XWing.CiphertextLength);
        try
        {
            return Hpke.TryOpen(fileKey, encapsulated, stanza.Body, seed, Info, []);
        }
        catch (CryptographyException error) when (error.Reason == CryptographyError.InvalidEncoding)
        {
            throw new AgeException(AgeError.Header, "A mlkem768x25519 stanza's share is of small order.", error);
        }
    }
}

/// <summary>A public X-Wing key, written <c>age1pq1…</c>.</summary>
public sealed class HybridRecipient : AgeRecipient
{
    /// <summary>Length of the public key, in bytes.</summary>
    public const int KeyLength = XWing.PublicKeyLength;

    internal const string TextStart = HybridStanza.RecipientPart + "1";

    private readonly byte[] _key;

    /// <summary>
    /// Takes a copy of a public key of 1216 bytes. Its ML-KEM part is checked when a header is written for it.
    /// </summary>
    /// <exception cref="ArgumentException"><paramref name="key"/> is not 1216 bytes long.</exception>
    public HybridRecipient(ReadOnlySpan<byte> key)
    {
        Require.Length(key, KeyLength);
        _key = key.ToArray();
    }

    /// <summary>The public key, 1216 bytes.</summary>
    public ReadOnlySpan<byte> Key => _key;

    /// <summary>Reads <c>age1pq1…</c>.</summary>
    /// <exception cref="CryptographyException"><see cref="CryptographyError.InvalidEncoding"/>.</exception>
    public static new HybridRecipient Parse(ReadOnlySpan<char> text)
    {
        Span<byte> key = stackalloc byte[KeyLength];
        IdentityText.Decode(key, text, HybridStanza.RecipientPart);
        return new HybridRecipient(key);
    }

    /// <summary>The recipient as <c>age1pq1…</c>, 1,959 characters.</summary>
    public override string ToString() => Bech32.Encode(HybridStanza.RecipientPart, _key);

    internal override AgeStanza Wrap(ReadOnlySpan<byte> fileKey) => HybridStanza.Wrap(fileKey, _key);
}

/// <summary>A private X-Wing key (its seed), written <c>AGE-SECRET-KEY-PQ-1…</c>.</summary>
public sealed class HybridIdentity : AgeIdentity
{
    /// <summary>Length of the seed, in bytes.</summary>
    public const int SeedLength = XWing.SeedLength;

    internal const string TextStart = HybridStanza.IdentityPart + "1";

    private readonly SecretBytes _seed;

    /// <summary>Takes a copy of a seed of 32 bytes; the caller zeroes its own.</summary>
    /// <exception cref="ArgumentException"><paramref name="seed"/> is not 32 bytes long.</exception>
    public HybridIdentity(ReadOnlySpan<byte> seed)
    {
        Require.Length(seed, SeedLength);
        _seed = new SecretBytes(seed);
    }

    private HybridIdentity(SecretBytes seed) => _seed = seed;

    /// <summary>
    /// The seed, for sealing it into a key ring. Do not keep the span after <see cref="AgeIdentity.Dispose()"/>.
    /// </summary>
    public ReadOnlySpan<byte> Seed => _seed.Span;

    /// <summary>A new random identity.</summary>
    public static HybridIdentity Generate() => new(SecretBytes.Random(SeedLength));

    /// <summary>Reads <c>AGE-SECRET-KEY-PQ-1…</c>. The caller zeroes the text.</summary>
    /// <exception cref="CryptographyException"><see cref="CryptographyError.InvalidEncoding"/>.</exception>
    public static new HybridIdentity Parse(ReadOnlySpan<char> text)
    {
        var seed = new SecretBytes(SeedLength);
        try
        {
            IdentityText.Decode(seed.Span, text, HybridStanza.IdentityPart);
            return new HybridIdentity(seed);
        }
        catch
        {
            seed.Dispose();
            throw;
        }
    }

    /// <summary>The public half.</summary>
    public HybridRecipient Recipient()
    {
        Span<byte> recipient = stackalloc byte[HybridRecipient.KeyLength];
        XWing.PublicKey(recipient, _seed.Span);
        return new HybridRecipient(recipient);
    }

    /// <summary>
    /// The identity as <c>AGE-SECRET-KEY-PQ-1…</c> in ASCII, as the <c>age</c> tool reads it; the caller disposes it.
    /// </summary>
    public SecretBytes Export() => IdentityText.Export(_seed.Span, HybridStanza.IdentityPart);

    internal override bool TryUnwrap(Span<byte> fileKey, AgeStanza stanza) =>
        HybridStanza.TryUnwrap(fileKey, stanza, _seed.Span);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _seed.Dispose();
}

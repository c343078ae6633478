using System.Security.Cryptography;
using System.Text;
using Vault.Cryptography.Primitives;

namespace Vault.Cryptography.Age;

/// <summary>
/// The X25519 recipient type, <see href="https://c2sp.org/age#the-x25519-recipient-type">age, the X25519 recipient
/// type</see>.
/// </summary>
internal static class X25519Stanza
{
    internal const string Type = "X25519";
    internal const string RecipientPart = "age";
    internal const string IdentityPart = "AGE-SECRET-KEY-";

    private static ReadOnlySpan<byte> Info => "age-encryption.org/v1/X25519"u8;

    /// <summary>-> X25519 base64(ephemeral share), body = ChaCha20-Poly1305(wrap key, file key).</summary>
    internal static AgeStanza Wrap(ReadOnlySpan<byte> fileKey, ReadOnlySpan<byte> recipient)
    {
        Span<byte> ephemeral = stackalloc byte[X25519.KeyLength];
        Span<byte> share = stackalloc byte[X25519.KeyLength];
        Span<byte> sharedSecret = stackalloc byte[X25519.KeyLength];
        Span<byte> wrapKey = stackalloc byte[FileKeyBox.WrapKeyLength];
        try
        {
            RandomNumberGenerator.Fill(ephemeral);
            X25519.PublicKey(share, ephemeral);
            X25519.SharedSecret(sharedSecret, ephemeral, recipient);
            DeriveWrapKey(wrapKey, sharedSecret, share, recipient);
            var argument = Encoding.ASCII.GetString(RawBase64.Encode(share));
            return new AgeStanza(Type, [argument], FileKeyBox.Seal(fileKey, wrapKey));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(ephemeral);
            CryptographicOperations.ZeroMemory(sharedSecret);
            CryptographicOperations.ZeroMemory(wrapKey);
        }
    }

    internal static bool TryUnwrap(Span<byte> fileKey, AgeStanza stanza, ReadOnlySpan<byte> identity)
    {
        if (stanza.Type != Type)
        {
            return false;
        }

        stanza.RequireShape(arguments: 1);
        var share = stanza.DecodeArgument(0, X25519.KeyLength);
        Span<byte> recipient = stackalloc byte[X25519.KeyLength];
        Span<byte> sharedSecret = stackalloc byte[X25519.KeyLength];
        Span<byte> wrapKey = stackalloc byte[FileKeyBox.WrapKeyLength];
        try
        {
            X25519.PublicKey(recipient, identity);
            X25519.SharedSecret(sharedSecret, identity, share);
            DeriveWrapKey(wrapKey, sharedSecret, share, recipient);
            return FileKeyBox.TryOpen(fileKey, stanza.Body, wrapKey);
        }
        catch (CryptographyException error) when (error.Reason == CryptographyError.InvalidEncoding)
        {
            throw new AgeException(AgeError.Header, "An X25519 stanza's share is of small order.", error);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(sharedSecret);
            CryptographicOperations.ZeroMemory(wrapKey);
        }
    }

    // wrap key = HKDF-SHA-256(ikm = shared secret, salt = ephemeral share ‖ recipient, info)
    private static void DeriveWrapKey(
        Span<byte> wrapKey, ReadOnlySpan<byte> sharedSecret, ReadOnlySpan<byte> share, ReadOnlySpan<byte> recipient)
    {
        Span<byte> salt = stackalloc byte[X25519.KeyLength + X25519.KeyLength];
        share.CopyTo(salt);
        recipient.CopyTo(salt[X25519.KeyLength..]);
        HKDF.DeriveKey(HashAlgorithmName.SHA256, sharedSecret, wrapKey, salt, Info);
    }
}

/// <summary>A public X25519 key, written <c>age1…</c>.</summary>
public sealed class X25519Recipient : AgeRecipient
{
    private readonly byte[] _key;

    /// <summary>Takes a copy of a public key of 32 bytes.</summary>
    /// <exception cref="ArgumentException"><paramref name="key"/> is not 32 bytes long.</exception>
    public X25519Recipient(ReadOnlySpan<byte> key)
    {
        Require.Length(key, X25519.KeyLength);
        _key = key.ToArray();
    }

    /// <summary>The public key, 32 bytes.</summary>
    public ReadOnlySpan<byte> Key => _key;

    /// <summary>Reads <c>age1…</c>.</summary>
    /// <exception cref="CryptographyException"><see cref="CryptographyError.InvalidEncoding"/>.</exception>
    public static new X25519Recipient Parse(ReadOnlySpan<char> text)
    {
        Span<byte> key = stackalloc byte[X25519.KeyLength];
        IdentityText.Decode(key, text, X25519Stanza.RecipientPart);
        return new X25519Recipient(key);
    }

    /// <summary>The recipient as <c>age1…</c>.</summary>
    public override string ToString() => Bech32.Encode(X25519Stanza.RecipientPart, _key);

    internal override AgeStanza Wrap(ReadOnlySpan<byte> fileKey) => X25519Stanza.Wrap(fileKey, _key);
}

/// <summary>A private X25519 key, written <c>AGE-SECRET-KEY-1…</c>.</summary>
public sealed class X25519Identity : AgeIdentity
{
    private readonly SecretBytes _key;

    /// <summary>Takes a copy of a private key of 32 bytes; the caller zeroes its own.</summary>
    /// <exception cref="ArgumentException"><paramref name="key"/> is not 32 bytes long.</exception>
    public X25519Identity(ReadOnlySpan<byte> key)
    {
        Require.Length(key, X25519.KeyLength);
        _key = new SecretBytes(key);
    }

    private X25519Identity(SecretBytes key) => _key = key;

    /// <summary>A new random identity.</summary>
    public static X25519Identity Generate() => new(SecretBytes.Random(X25519.KeyLength));

    /// <summary>Reads <c>AGE-SECRET-KEY-1…</c>. The caller zeroes the text.</summary>
    /// <exception cref="CryptographyException"><see cref="CryptographyError.InvalidEncoding"/>.</exception>
    public static new X25519Identity Parse(ReadOnlySpan<char> text)
    {
        var key = new SecretBytes(X25519.KeyLength);
        try
        {
            IdentityText.Decode(key.Span, text, X25519Stanza.IdentityPart);
            return new X25519Identity(key);
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>The public half.</summary>
    public X25519Recipient Recipient()
    {
        Span<byte> recipient = stackalloc byte[X25519.KeyLength];
        X25519.PublicKey(recipient, _key.Span);
        return new X25519Recipient(recipient);
    }

    /// <summary>The identity as <c>AGE-SECRET-KEY-1…</c> in ASCII; the caller disposes it.</summary>
    public SecretBytes Export() => IdentityText.Export(_key.Span, X25519Stanza.IdentityPart);

    internal override bool TryUnwrap(Span<byte> fileKey, AgeStanza stanza) =>
        X25519Stanza.TryUnwrap(fileKey, stanza, _key.Span);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _key.Dispose();
}

using System.Security.Cryptography;

namespace Vault.Cryptography.Age;

/// <summary>
/// body = ChaCha20-Poly1305(key = wrap key, nonce = 12 zero bytes, plaintext = file key); a wrap key seals once, so the
/// nonce may be fixed.
/// </summary>
internal static class FileKeyBox
{
    internal const int FileKeyLength = 16;
    internal const int WrapKeyLength = 32;
    internal const int BodyLength = FileKeyLength + TagLength;

    private const int TagLength = 16;
    private const int NonceLength = 12;

    internal static byte[] Seal(ReadOnlySpan<byte> fileKey, ReadOnlySpan<byte> wrapKey)
    {
        var body = new byte[BodyLength];
        using var cipher = new ChaCha20Poly1305(wrapKey);
        var tag = body.AsSpan(FileKeyLength);
        cipher.Encrypt(stackalloc byte[NonceLength], fileKey, body.AsSpan(0, FileKeyLength), tag);
        return body;
    }

    /// <returns>
    /// Whether the body is authentic under the wrap key; if not, <paramref name="fileKey"/> is all zero.
    /// </returns>
    internal static bool TryOpen(Span<byte> fileKey, ReadOnlySpan<byte> body, ReadOnlySpan<byte> wrapKey)
    {
        using var cipher = new ChaCha20Poly1305(wrapKey);
        try
        {
            cipher.Decrypt(stackalloc byte[NonceLength], body[..FileKeyLength], body[FileKeyLength..], fileKey);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            CryptographicOperations.ZeroMemory(fileKey);
            return false;
        }
    }
}

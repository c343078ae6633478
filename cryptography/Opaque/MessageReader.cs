using Vault.Cryptography.Primitives;

namespace Vault.Cryptography.Opaque;

/// <summary>Takes fixed-length fields off a message whose whole length was checked first.</summary>
internal ref struct MessageReader
{
    private readonly string _message;
    private ReadOnlySpan<byte> _rest;

    /// <exception cref="CryptographyException"><paramref name="bytes"/> is not exactly <paramref name="length"/>
    /// bytes long.</exception>
    internal MessageReader(string message, ReadOnlySpan<byte> bytes, int length)
    {
        if (bytes.Length != length)
        {
            throw new CryptographyException(
                CryptographyError.InvalidEncoding, $"A {message} is {length} bytes long, not {bytes.Length}.");
        }

        _message = message;
        _rest = bytes;
    }

    internal ReadOnlySpan<byte> Take(int length)
    {
        var field = _rest[..length];
        _rest = _rest[length..];
        return field;
    }

    /// <exception cref="CryptographyException">The field is not the canonical encoding of an element, or is the
    /// identity.</exception>
    internal ReadOnlySpan<byte> TakeElement()
    {
        var element = Take(OpaqueSuite.ElementLength);
        return Ristretto255.IsValid(element)
            ? element
            : throw new CryptographyException(
                CryptographyError.InvalidEncoding, $"A {_message} holds a group element that is not valid.");
    }
}

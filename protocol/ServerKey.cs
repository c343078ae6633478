using System.Diagnostics.CodeAnalysis;
using Vault.Cryptography.Age;
using Vault.Cryptography.Primitives;

namespace Vault.Protocol;

/// <summary>A server's identity: its X25519 static key, written <c>vaultserver1…</c> (bech32).</summary>
public readonly record struct ServerKey
{
    private const string HumanReadablePart = "vaultserver";

    private readonly string? _text;

    private ServerKey(string text) => _text = text;

    /// <summary>The key of 32 bytes.</summary>
    /// <exception cref="ArgumentException">There are not 32 bytes.</exception>
    public static ServerKey FromBytes(ReadOnlySpan<byte> key) => key.Length == X25519.KeyLength
        ? new ServerKey(Bech32.Encode(HumanReadablePart, key))
        : throw new ArgumentException($"A server key is {X25519.KeyLength} bytes.", nameof(key));

    /// <summary>Reads <c>vaultserver1…</c>; false where the checksum or the length is wrong.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out ServerKey key)
    {
        Span<byte> bytes = stackalloc byte[X25519.KeyLength];
        key = default;
        if (text is null || !Bech32.TryDecode(bytes, text, HumanReadablePart))
        {
            return false;
        }

        key = FromBytes(bytes);
        return true;
    }

    /// <summary>Whether the 32 bytes are this key.</summary>
    public bool Matches(ReadOnlySpan<byte> key) => key.Length == X25519.KeyLength && FromBytes(key) == this;

    /// <summary><c>vaultserver1…</c></summary>
    public override string ToString() => _text ?? "";
}

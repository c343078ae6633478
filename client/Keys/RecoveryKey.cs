using System.Diagnostics.CodeAnalysis;
using Vault.Cryptography.Age;
using Vault.Cryptography.Primitives;

namespace Vault.Client;

/// <summary>The key that opens an account's key ring when the password is lost: 32 random bytes, shown once as <c>vaultrecovery1…</c>.</summary>
public sealed class RecoveryKey : IDisposable
{
    private const string HumanReadablePart = "vaultrecovery";
    private const int KeyLength = 32;

    private RecoveryKey(SecretBytes bytes) => Bytes = bytes;

    internal SecretBytes Bytes { get; }

    internal static RecoveryKey Generate() => new(SecretBytes.Random(KeyLength));

    /// <summary>Reads <c>vaultrecovery1…</c> as it was written down; false where the checksum or the length is wrong.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out RecoveryKey? key)
    {
        var bytes = new SecretBytes(KeyLength);
        key = Bech32.TryDecode(bytes.Span, text.Trim(), HumanReadablePart) ? new RecoveryKey(bytes) : null;
        if (key is null)
        {
            bytes.Dispose();
        }

        return key is not null;
    }

    /// <summary>The key's text, for the person to write down; the caller zeroes the characters.</summary>
    public char[] Reveal()
    {
        var text = new char[Bech32.EncodedLength(HumanReadablePart.Length, KeyLength)];
        Bech32.Encode(text, HumanReadablePart, Bytes.Span);
        return text;
    }

    /// <summary>Zeroes the key.</summary>
    public void Dispose() => Bytes.Dispose();
}

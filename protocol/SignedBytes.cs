using System.Text;
using Vault.Cryptography.Primitives;

namespace Vault.Protocol;

/// <summary>Ed25519 over <c>label ‖ 0x00 ‖ bytes</c>: one label for each thing that is signed, so that none passes for another.</summary>
public static class SignedBytes
{
    internal const string ProfileLabel = "Vault/1 profile";
    internal const string ManifestLabel = "Vault/1 manifest";
    internal const string GrantLabel = "Vault/1 grant";
    internal const string RevisionLabel = "Vault/1 metadata revision";
    internal const string CertificateLabel = "Vault/1 signing certificate";
    internal const string SentMetadataLabel = "Vault/1 sent metadata";

    internal static byte[] Sign(string label, ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> seed)
    {
        var signature = new byte[Ed25519.SignatureLength];
        Ed25519.Sign(signature, Message(label, bytes), seed);
        return signature;
    }

    internal static bool Verify(
        string label, ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> signature, ReadOnlySpan<byte> publicKey) =>
        Ed25519.Verify(signature, Message(label, bytes), publicKey);

    private static byte[] Message(string label, ReadOnlySpan<byte> bytes)
    {
        var message = new byte[label.Length + 1 + bytes.Length];
        Encoding.ASCII.GetBytes(label, message);
        bytes.CopyTo(message.AsSpan(label.Length + 1));
        return message;
    }
}

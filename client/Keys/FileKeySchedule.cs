using System.Security.Cryptography;
using System.Text;
using Vault.Cryptography.Primitives;

namespace Vault.Client.Keys;

/// <summary>Every key that this client derives: HKDF-SHA256 (RFC 5869), empty salt, one label for each use.</summary>
internal static class FileKeySchedule
{
    internal const int KeyLength = 32;

    // From the 16-byte file key.
    internal const string Commitment = "vault file-key commitment";
    internal const string ManifestMac = "vault manifest mac";
    internal const string Metadata = "vault metadata";

    // From the key ring's metadata key.
    internal const string OwnerMetadata = "vault owner metadata";
    internal const string NameTag = "vault name tag";
    internal const string Contacts = "vault contacts";
    internal const string ContactsSeen = "vault contacts seen"; // from the contacts' key; a name, and public
    internal const string Journal = "vault send journal";
    internal const string JournalName = "vault send journal name";

    // From an access key's secret.
    internal const string AccessConnection = "vault access key, connection";
    internal const string AccessKeyRing = "vault key ring, access";

    // From OPAQUE's export key and from the recovery key.
    internal const string PasswordKeyRing = "vault key ring, password";
    internal const string RecoveryKeyRing = "vault key ring, recovery";

    /// <summary>HKDF(key, label): 32 bytes; the caller disposes them.</summary>
    internal static SecretBytes Derive(SecretBytes key, string label)
    {
        var derived = new SecretBytes(KeyLength);
        HKDF.DeriveKey(HashAlgorithmName.SHA256, key.Span, derived.Span, [], Encoding.ASCII.GetBytes(label));
        return derived;
    }

    /// <summary>The commitment to a file key, which is public.</summary>
    internal static byte[] Commit(SecretBytes fileKey)
    {
        using var commitment = Derive(fileKey, Commitment);
        return commitment.Span.ToArray();
    }
}

using System.Security.Cryptography;
using System.Text;
using Vault.Cryptography.Age;
using Vault.Cryptography.Primitives;
using Vault.Protocol;

namespace Vault.Client.Keys;

/// <summary>A person's secrets: age identity, signing key, metadata key. Only sealed copies ever leave this machine.</summary>
/// <remarks>Plain form: version (1) ‖ X-Wing seed (32) ‖ Ed25519 seed (32) ‖ metadata key (32).</remarks>
internal sealed class KeyRing : IDisposable
{
    private const byte Version = 1;
    private const int SecretLength = 32;
    private const int PlainLength = 1 + (3 * SecretLength);

    private static readonly byte[] AssociatedData = Encoding.ASCII.GetBytes("Vault/1 key ring");

    private readonly SecretBytes _plain;
    private readonly byte[] _signingKey = new byte[Ed25519.PublicKeyLength];

    private KeyRing(SecretBytes plain)
    {
        _plain = plain;
        Identity = new HybridIdentity(plain.Span.Slice(1, SecretLength));
        Recipient = Identity.Recipient();
        SigningSeed = new SecretBytes(plain.Span.Slice(1 + SecretLength, SecretLength));
        Ed25519.PublicKey(_signingKey, SigningSeed.Span);
        using var metadataKey = new SecretBytes(plain.Span[(1 + (2 * SecretLength))..]);
        NameTagKey = FileKeySchedule.Derive(metadataKey, FileKeySchedule.NameTag);
        MetadataKey = FileKeySchedule.Derive(metadataKey, FileKeySchedule.OwnerMetadata);
        ContactsKey = FileKeySchedule.Derive(metadataKey, FileKeySchedule.Contacts);
        JournalKey = FileKeySchedule.Derive(metadataKey, FileKeySchedule.Journal);
        JournalNameKey = FileKeySchedule.Derive(metadataKey, FileKeySchedule.JournalName);
    }

    /// <summary>Opens what is sealed to this person.</summary>
    public HybridIdentity Identity { get; }

    /// <summary>What others, and this person, seal to.</summary>
    public HybridRecipient Recipient { get; }

    /// <summary>Signs manifests and profiles.</summary>
    public SecretBytes SigningSeed { get; }

    /// <summary>The public half of <see cref="SigningSeed"/>.</summary>
    public ReadOnlySpan<byte> SigningKey => _signingKey;

    /// <summary>Seals the metadata in the owner's list.</summary>
    public SecretBytes MetadataKey { get; }

    /// <summary>Makes name tags.</summary>
    public SecretBytes NameTagKey { get; }

    /// <summary>Seals the contacts.</summary>
    public SecretBytes ContactsKey { get; }

    /// <summary>Seals the journals of sends on this machine.</summary>
    public SecretBytes JournalKey { get; }

    /// <summary>Names those journals.</summary>
    public SecretBytes JournalNameKey { get; }

    public static KeyRing Generate()
    {
        var plain = SecretBytes.Random(PlainLength);
        plain.Span[0] = Version;
        return new KeyRing(plain);
    }

    /// <summary>Opens a sealed ring; null where the key is not the right one or the ring was changed.</summary>
    public static KeyRing? TryOpen(byte[] box, SecretBytes key, string label)
    {
        var plain = new SecretBytes(PlainLength);
        using var sealingKey = FileKeySchedule.Derive(key, label);
        if (XChaCha20Poly1305.TryOpen(plain.Span, box, AssociatedData, sealingKey.Span) && plain.Span[0] == Version)
        {
            return new KeyRing(plain);
        }

        plain.Dispose();
        return null;
    }

    /// <summary>Seals the ring under a key from <paramref name="key"/>.</summary>
    public byte[] Seal(SecretBytes key, string label)
    {
        using var sealingKey = FileKeySchedule.Derive(key, label);
        return XChaCha20Poly1305.Seal(_plain.Span, AssociatedData, sealingKey.Span);
    }

    /// <summary>HMAC-SHA256 of a normalised path: lets the server see that a name is sent again, and nothing else.</summary>
    public byte[] NameTag(string path) => HMACSHA256.HashData(NameTagKey.Span, Encoding.UTF8.GetBytes(path));

    /// <summary>The first profile of an account on a server.</summary>
    public SignedProfile CreateProfile(EmailAddress email, ServerKey server) => SignedProfile.Sign(
        new Profile(1, email.Value, Recipient.ToString(), _signingKey, server.ToString(), null), SigningSeed.Span);

    /// <summary>Whether a published profile is this ring's, unchanged.</summary>
    public bool Owns(SignedProfile published, EmailAddress email, ServerKey server) =>
        published.Verify() is { } profile
        && profile.SigningKey.AsSpan().SequenceEqual(_signingKey)
        && profile.Recipient == Recipient.ToString()
        && profile.Email == email.Value
        && profile.ServerKey == server.ToString();

    public void Dispose()
    {
        Identity.Dispose();
        SigningSeed.Dispose();
        NameTagKey.Dispose();
        ContactsKey.Dispose();
        JournalKey.Dispose();
        JournalNameKey.Dispose();
        MetadataKey.Dispose();
        _plain.Dispose();
    }
}

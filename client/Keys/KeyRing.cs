using System.Security.Cryptography;
using System.Text;
using Vault.Cryptography.Age;
using Vault.Cryptography.Primitives;
using Vault.Protocol;

namespace Vault.Client.Keys;

/// <summary>A person's secrets: age identity, signing key, metadata key; and former ones, which still open what was made with them. Only
/// sealed copies ever leave this machine.</summary>
/// <remarks>
/// <para>Plain form: version (1) ‖ X-Wing seed (32) ‖ Ed25519 seed (32) ‖ metadata key (32).</para>
/// <para>An access key of a narrower scope has a ring with some of it missing (see <see cref="AccessRing"/>): what needs a missing key
/// ends with <see cref="VaultErrorCode.NotPermitted"/> before anything is sent.</para>
/// </remarks>
internal sealed partial class KeyRing : IDisposable
{
    internal const byte Version = 1;
    internal const int SecretLength = 32;
    internal const int PlainLength = 1 + (3 * SecretLength);

    private readonly SecretBytes? _plain;
    private readonly HybridIdentity? _identity;
    private readonly SecretBytes? _signingSeed, _metadataKey, _contactsKey;
    private readonly byte[] _signingKey;

    private KeyRing(SecretBytes plain)
        : this(new HybridIdentity(plain.Span.Slice(1, SecretLength)), plain.Span[(1 + (2 * SecretLength))..], new byte[Ed25519.PublicKeyLength])
    {
        _plain = plain;
        _signingSeed = new SecretBytes(plain.Span.Slice(1 + SecretLength, SecretLength));
        Ed25519.PublicKey(_signingKey, _signingSeed.Span);
        ManifestSeed = _signingSeed;
    }

    private KeyRing(HybridIdentity identity, ReadOnlySpan<byte> metadataKey, byte[] signingKey)
    {
        _identity = identity;
        Recipient = identity.Recipient();
        _signingKey = signingKey;
        using var key = new SecretBytes(metadataKey);
        NameTagKey = FileKeySchedule.Derive(key, FileKeySchedule.NameTag);
        _metadataKey = FileKeySchedule.Derive(key, FileKeySchedule.OwnerMetadata);
        _contactsKey = FileKeySchedule.Derive(key, FileKeySchedule.Contacts);
        JournalKey = FileKeySchedule.Derive(key, FileKeySchedule.Journal);
        JournalNameKey = FileKeySchedule.Derive(key, FileKeySchedule.JournalName);
    }

    private KeyRing(
        HybridRecipient recipient, byte[] signingKey, SecretBytes manifestSeed, SecretBytes nameTagKey, SecretBytes secret,
        SignedCertificate certificate)
    {
        Recipient = recipient;
        _signingKey = signingKey;
        NameTagKey = nameTagKey;
        JournalKey = FileKeySchedule.Derive(secret, FileKeySchedule.Journal);
        JournalNameKey = FileKeySchedule.Derive(secret, FileKeySchedule.JournalName);
        ManifestSeed = manifestSeed;
        Certificate = certificate;
    }

    /// <summary>Opens what is sealed to this person.</summary>
    public HybridIdentity Identity => _identity ?? throw Missing("only send");

    /// <summary>What others, and this person, seal to.</summary>
    public HybridRecipient Recipient { get; }

    /// <summary>Signs profiles and grants.</summary>
    public SecretBytes SigningSeed => _signingSeed ?? throw Missing(_identity is null ? "only send" : "only read");

    /// <summary>The person's public signing key, which vouches for everything.</summary>
    public ReadOnlySpan<byte> SigningKey => _signingKey;

    /// <summary>Signs manifests: the signing key, or the one that <see cref="Certificate"/> is for; null where there is none.</summary>
    private SecretBytes? ManifestSeed { get; }

    /// <summary>Why a signature by another key than the person's own counts; null where the person's own signs.</summary>
    public SignedCertificate? Certificate { get; }

    /// <summary>Whether this ring signs for the person: grants, profiles, contacts.</summary>
    public bool IsWhole => _signingSeed is not null;

    /// <summary>Seals the metadata in the owner's list.</summary>
    public SecretBytes MetadataKey => _metadataKey ?? throw Missing("only send");

    /// <summary>Makes name tags.</summary>
    public SecretBytes NameTagKey { get; }

    /// <summary>Seals the contacts.</summary>
    public SecretBytes ContactsKey => _contactsKey ?? throw Missing("only send");

    /// <summary>The plain form, for sealing; of a whole ring only.</summary>
    internal SecretBytes Plain => _plain ?? throw Missing("not change the account");

    /// <summary>Seals the journals of sends on this machine.</summary>
    public SecretBytes JournalKey { get; }

    /// <summary>Names those journals.</summary>
    public SecretBytes JournalNameKey { get; }

    /// <summary>A new ring.</summary>
    /// <param name="hasLost">Whether it takes the place of one that was lost.</param>
    public static KeyRing Generate(bool hasLost = false)
    {
        var plain = SecretBytes.Random(PlainLength);
        plain.Span[0] = Version;
        return new KeyRing(plain) { HasLost = hasLost };
    }

    /// <summary>A ring that seals and signs manifests, and opens nothing but its own journals, by keys from the access key's secret.</summary>
    internal static KeyRing Sender(
        HybridRecipient recipient, ReadOnlySpan<byte> signingKey, SecretBytes manifestSeed, SecretBytes nameTagKey, SecretBytes secret,
        SignedCertificate certificate) => new(recipient, signingKey.ToArray(), manifestSeed, nameTagKey, secret, certificate);

    /// <summary>Signs a manifest, with the certificate where one is needed.</summary>
    public SignedManifest Sign(Manifest manifest, ReadOnlySpan<byte> macKey) =>
        SignedManifest.Sign(manifest, (ManifestSeed ?? throw Missing("only read")).Span, macKey) with { Certificate = Certificate };

    /// <summary>Signs the owner's metadata of a version, where a certificate says that this ring may.</summary>
    public SignedSentMetadata Sign(SentMetadata metadata) => SignedSentMetadata.Sign(
        metadata, (ManifestSeed ?? throw Missing("only read")).Span, Certificate ?? throw new InvalidOperationException("A whole ring seals metadata."));

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
        _identity?.Dispose();
        _signingSeed?.Dispose();
        ManifestSeed?.Dispose();
        NameTagKey.Dispose();
        JournalKey.Dispose();
        JournalNameKey.Dispose();
        _contactsKey?.Dispose();
        _metadataKey?.Dispose();
        _plain?.Dispose();
        foreach (var keys in _former)
        {
            keys.Dispose();
        }
    }

    private static VaultException Missing(string can) => new(
        VaultErrorCode.NotPermitted, $"This access key can {can}.", "Use another access key, or sign in with the password.");
}

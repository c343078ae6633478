using System.Security.Cryptography;
using System.Text;
using Vault.Cryptography.Age;
using Vault.Cryptography.Primitives;

namespace Vault.Client.Keys;

/// <summary>One former generation of a person's secrets: age identity, signing key, metadata key, and what is derived from them.</summary>
/// <remarks>Plain form: X-Wing seed (32) ‖ Ed25519 seed (32) ‖ metadata key (32). A reader has the Ed25519 public key in the place of the
/// seed.</remarks>
internal sealed class OwnKeys : IDisposable
{
    internal const int PlainLength = 3 * SecretLength;

    private const int SecretLength = 32;

    private readonly SecretBytes _plain;
    private readonly SecretBytes? _signingSeed;
    private readonly byte[] _signingKey = new byte[Ed25519.PublicKeyLength];

    /// <summary>Copies the secrets.</summary>
    /// <param name="profile">SHA-256 of the profile that they had.</param>
    /// <param name="isReader">Whether the public signing key stands in them.</param>
    internal OwnKeys(ReadOnlySpan<byte> plain, byte[] profile, bool isReader = false)
    {
        _plain = new SecretBytes(plain);
        Profile = profile;
        Identity = new HybridIdentity(plain[..SecretLength]);
        var signing = plain.Slice(SecretLength, SecretLength);
        if (isReader)
        {
            signing.CopyTo(_signingKey);
        }
        else
        {
            _signingSeed = new SecretBytes(signing);
            Ed25519.PublicKey(_signingKey, signing);
        }

        using var metadataKey = new SecretBytes(plain[(2 * SecretLength)..]);
        NameTagKey = FileKeySchedule.Derive(metadataKey, FileKeySchedule.NameTag);
        MetadataKey = FileKeySchedule.Derive(metadataKey, FileKeySchedule.OwnerMetadata);
        ContactsKey = FileKeySchedule.Derive(metadataKey, FileKeySchedule.Contacts);
    }

    /// <summary>SHA-256 of the profile that these keys had.</summary>
    public byte[] Profile { get; }

    /// <summary>Opens what is sealed to this person.</summary>
    public HybridIdentity Identity { get; }

    /// <summary>Signs manifests and profiles; not a reader's.</summary>
    public SecretBytes SigningSeed => _signingSeed ?? throw new InvalidOperationException("A reader signs nothing.");

    /// <summary>The public half of the signing key.</summary>
    public ReadOnlySpan<byte> SigningKey => _signingKey;

    /// <summary>Seals the metadata in the owner's list.</summary>
    public SecretBytes MetadataKey { get; }

    /// <summary>Makes name tags.</summary>
    public SecretBytes NameTagKey { get; }

    /// <summary>Seals the contacts.</summary>
    public SecretBytes ContactsKey { get; }

    /// <summary>The secrets, to be sealed with the ring.</summary>
    internal ReadOnlySpan<byte> Plain => _plain.Span;

    /// <summary>HMAC-SHA256 of a normalised path: lets the server see that a name is sent again, and nothing else.</summary>
    public byte[] NameTag(string path) => HMACSHA256.HashData(NameTagKey.Span, Encoding.UTF8.GetBytes(path));

    /// <summary>Puts what a reader gets of these keys in place of them: the public signing key.</summary>
    /// <param name="plain">The keys as they are, to be overwritten.</param>
    internal void WithoutSeed(Span<byte> plain) => _signingKey.CopyTo(plain.Slice(SecretLength, SecretLength));

    public void Dispose()
    {
        Identity.Dispose();
        _signingSeed?.Dispose();
        NameTagKey.Dispose();
        ContactsKey.Dispose();
        MetadataKey.Dispose();
        _plain.Dispose();
    }
}

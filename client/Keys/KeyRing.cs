using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Vault.Client.Files;
using Vault.Cryptography.Age;
using Vault.Cryptography.Primitives;
using Vault.Protocol;

namespace Vault.Client.Keys;

/// <summary>A person's secrets: the present keys, and the former ones, which still open what was made with them. Only sealed copies ever
/// leave this machine.</summary>
/// <remarks>
/// Plain form 1: 1 ‖ keys (96). Plain form 2, where there are former keys or some were lost: 2 ‖ flags (1) ‖ count (2, big-endian) ‖
/// keys (96) ‖ count × (keys (96) ‖ SHA-256 of their profile (32)). See <see cref="OwnKeys"/>.
/// </remarks>
internal sealed class KeyRing : IDisposable
{
    private const byte First = 1, Second = 2, LostFlag = 1;
    private const int FirstLength = 1 + OwnKeys.PlainLength, SecondHead = 1 + 1 + sizeof(ushort);
    private const int FormerLength = OwnKeys.PlainLength + SHA256.HashSizeInBytes;

    private static readonly byte[] AssociatedData = Encoding.ASCII.GetBytes("Vault/1 key ring");

    private readonly OwnKeys[] _keys; // the present ones first

    private KeyRing(OwnKeys[] keys, bool hasLost) => (_keys, HasLost) = (keys, hasLost);

    /// <summary>Present and former keys, the present ones first.</summary>
    public IReadOnlyList<OwnKeys> All => _keys;

    /// <summary>Whether keys before these were lost: then there may be things that cannot be read, and that is nobody's lie.</summary>
    public bool HasLost { get; }

    /// <inheritdoc cref="OwnKeys.Identity" />
    public HybridIdentity Identity => _keys[0].Identity;

    /// <inheritdoc cref="OwnKeys.Recipient" />
    public HybridRecipient Recipient => _keys[0].Recipient;

    /// <inheritdoc cref="OwnKeys.SigningSeed" />
    public SecretBytes SigningSeed => _keys[0].SigningSeed;

    /// <inheritdoc cref="OwnKeys.SigningKey" />
    public ReadOnlySpan<byte> SigningKey => _keys[0].SigningKey;

    /// <inheritdoc cref="OwnKeys.MetadataKey" />
    public SecretBytes MetadataKey => _keys[0].MetadataKey;

    /// <inheritdoc cref="OwnKeys.NameTagKey" />
    public SecretBytes NameTagKey => _keys[0].NameTagKey;

    /// <inheritdoc cref="OwnKeys.ContactsKey" />
    public SecretBytes ContactsKey => _keys[0].ContactsKey;

    /// <summary>A new ring.</summary>
    /// <param name="hasLost">Whether it takes the place of one that was lost.</param>
    public static KeyRing Generate(bool hasLost = false)
    {
        using var plain = SecretBytes.Random(OwnKeys.PlainLength);
        return new KeyRing([new OwnKeys(plain.Span, null)], hasLost);
    }

    /// <summary>Opens a sealed ring; null where the key is not the right one or the ring was changed.</summary>
    public static KeyRing? TryOpen(byte[] box, SecretBytes key, string label)
    {
        using var sealingKey = FileKeySchedule.Derive(key, label);
        return TryOpen(box, sealingKey);
    }

    private static KeyRing? TryOpen(byte[] box, SecretBytes sealingKey)
    {
        using var plain = new SecretBytes(Math.Max(1, box.Length - XChaCha20Poly1305.Overhead));
        return box.Length > XChaCha20Poly1305.Overhead && XChaCha20Poly1305.TryOpen(plain.Span, box, AssociatedData, sealingKey.Span)
            ? Read(plain.Span)
            : null;
    }

    /// <summary>New identity and signing key; the ones before stay as former keys.</summary>
    /// <param name="profile">SHA-256 of the profile that the present keys have.</param>
    public KeyRing Rotate(byte[] profile)
    {
        using var plain = SecretBytes.Random(OwnKeys.PlainLength);
        _keys[0].PlainMetadataKey.CopyTo(plain.Span[^_keys[0].PlainMetadataKey.Length..]);
        return new KeyRing(
            [new OwnKeys(plain.Span, null), new OwnKeys(_keys[0].Plain, profile), .. _keys.Skip(1).Select(Copy)], HasLost);
    }

    /// <summary>This ring with all keys of one that was lost and found again.</summary>
    /// <param name="found">Stays the caller's to dispose.</param>
    /// <param name="profile">SHA-256 of the profile that its present keys had.</param>
    /// <param name="hasLost">Whether there are others still lost.</param>
    public KeyRing With(KeyRing found, byte[] profile, bool hasLost)
    {
        var added = found._keys.Select((keys, index) => new OwnKeys(keys.Plain, index == 0 ? profile : keys.Profile))
            .Where(keys => !_keys.Any(known => known.SigningKey.SequenceEqual(keys.SigningKey)));
        return new KeyRing([new OwnKeys(_keys[0].Plain, null), .. _keys.Skip(1).Select(Copy), .. added], hasLost);
    }

    /// <summary>Seals the ring under a key from <paramref name="key"/>.</summary>
    public byte[] Seal(SecretBytes key, string label)
    {
        using var sealingKey = FileKeySchedule.Derive(key, label);
        return Seal(sealingKey);
    }

    /// <summary>Seals the ring under a key that was derived already.</summary>
    public byte[] Seal(SecretBytes sealingKey)
    {
        using var plain = Write();
        return XChaCha20Poly1305.Seal(plain.Span, AssociatedData, sealingKey.Span);
    }

    /// <summary>Takes a file key out of a header that is sealed to this person's present or former identity.</summary>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.KeysLost"/>: to none of them, and there were others.</exception>
    public SecretBytes Unwrap(byte[] header, string file)
    {
        try
        {
            return AgeHeader.Unwrap(header, [.. _keys.Select(keys => keys.Identity)]);
        }
        catch (AgeException error) when (error.Error == AgeError.NoMatch && HasLost)
        {
            throw VaultException.Lost(file, error);
        }
    }

    /// <summary>Opens metadata that was sealed for the owner's list, with whichever keys it was.</summary>
    public FileMetadata? OpenMetadata(byte[] box, AccountId account, FileId file, int version) => _keys
        .Select(keys => FileMetadata.OpenAsOwner(box, keys.MetadataKey, account, file, version)).FirstOrDefault(opened => opened is not null);

    /// <summary>What the person's present or former keys signed, as <paramref name="verify"/> reads it; null where none did.</summary>
    public T? Signed<T>(Func<ReadOnlySpan<byte>, T?> verify)
        where T : class =>
        _keys.Select(keys => verify(keys.SigningKey)).FirstOrDefault(read => read is not null);

    /// <summary>Whether something was sealed to this person under a profile of then.</summary>
    public bool HadProfile(byte[] hash) => _keys.Any(keys => keys.Profile is { } profile && profile.AsSpan().SequenceEqual(hash));

    /// <inheritdoc cref="OwnKeys.NameTag" />
    public byte[] NameTag(string path) => _keys[0].NameTag(path);

    /// <summary>The first profile of an account on a server.</summary>
    public SignedProfile CreateProfile(EmailAddress email, ServerKey server) =>
        SignedProfile.Sign(ProfileOf(1, email, server, null), SigningSeed.Span);

    /// <summary>The profile of new keys; the keys before sign it too where this ring has them.</summary>
    public SignedProfile FollowProfile(Profile before, SignedProfile signedBefore, EmailAddress email, ServerKey server)
    {
        var next = ProfileOf(before.Version + 1, email, server, signedBefore.Hash());
        return _keys.Skip(1).FirstOrDefault(keys => keys.SigningKey.SequenceEqual(before.SigningKey)) is { } former
            ? SignedProfile.SignNext(next, SigningSeed.Span, former.SigningSeed.Span)
            : SignedProfile.Sign(next, SigningSeed.Span);
    }

    /// <inheritdoc cref="OwnKeys.Owns" />
    public bool Owns(SignedProfile published, EmailAddress email, ServerKey server) => _keys[0].Owns(published, email, server);

    public void Dispose()
    {
        foreach (var keys in _keys)
        {
            keys.Dispose();
        }
    }

    private Profile ProfileOf(int version, EmailAddress email, ServerKey server, byte[]? previous) =>
        new(version, email.Value, Recipient.ToString(), SigningKey.ToArray(), server.ToString(), previous);

    private static OwnKeys Copy(OwnKeys keys) => new(keys.Plain, keys.Profile);

    private SecretBytes Write()
    {
        if (_keys.Length == 1 && !HasLost)
        {
            var first = new SecretBytes(FirstLength);
            first.Span[0] = First;
            _keys[0].Plain.CopyTo(first.Span[1..]);
            return first;
        }

        var plain = new SecretBytes(SecondHead + OwnKeys.PlainLength + ((_keys.Length - 1) * FormerLength));
        plain.Span[0] = Second;
        plain.Span[1] = HasLost ? LostFlag : (byte)0;
        BinaryPrimitives.WriteUInt16BigEndian(plain.Span[2..], (ushort)(_keys.Length - 1));
        var rest = plain.Span[SecondHead..];
        foreach (var keys in _keys)
        {
            keys.Plain.CopyTo(rest);
            rest = rest[OwnKeys.PlainLength..];
            if (keys.Profile is { } profile)
            {
                profile.CopyTo(rest);
                rest = rest[SHA256.HashSizeInBytes..];
            }
        }

        return plain;
    }

    private static KeyRing? Read(ReadOnlySpan<byte> plain)
    {
        if (plain.Length == FirstLength && plain[0] == First)
        {
            return new KeyRing([new OwnKeys(plain[1..], null)], hasLost: false);
        }

        if (plain.Length < SecondHead + OwnKeys.PlainLength || plain[0] != Second || plain[1] > LostFlag
            || plain.Length != SecondHead + OwnKeys.PlainLength + (BinaryPrimitives.ReadUInt16BigEndian(plain[2..]) * FormerLength))
        {
            return null;
        }

        var keys = new List<OwnKeys> { new(plain.Slice(SecondHead, OwnKeys.PlainLength), null) };
        for (var rest = plain[(SecondHead + OwnKeys.PlainLength)..]; !rest.IsEmpty; rest = rest[FormerLength..])
        {
            keys.Add(new OwnKeys(rest[..OwnKeys.PlainLength], rest[OwnKeys.PlainLength..FormerLength].ToArray()));
        }

        return new KeyRing([.. keys], plain[1] == LostFlag);
    }
}

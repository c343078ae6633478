using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Vault.Cryptography.Age;
using Vault.Cryptography.Primitives;
using Vault.Protocol;

namespace Vault.Client.Keys;

/// <content>How a ring is sealed, and the keys of before: they open, name and verify what was made with them.</content>
/// <remarks>Where there are former keys, or some were lost, the plain form is 2 ‖ flags (1) ‖ count (2, big-endian) ‖ keys (96) ‖
/// count × (keys (96) ‖ SHA-256 of their profile (32)). See <see cref="OwnKeys"/>.</remarks>
internal sealed partial class KeyRing
{
    private const byte Second = 2, LostFlag = 1;
    private const int SecondHead = 1 + 1 + sizeof(ushort);
    private const int FormerLength = OwnKeys.PlainLength + SHA256.HashSizeInBytes;

    private static readonly byte[] AssociatedData = Encoding.ASCII.GetBytes("Vault/1 key ring");

    /// <summary>The most former keys that fit into a sealed ring of 64 KiB, with room for what a later form may add.</summary>
    internal const int MaxFormer = 500;

    private OwnKeys[] _former = [];

    /// <summary>The keys of before, the latest first.</summary>
    public IReadOnlyList<OwnKeys> Former => _former;

    /// <summary>Whether keys before these were lost: then there may be things that cannot be read, and that is nobody's lie.</summary>
    public bool HasLost { get; private init; }

    /// <summary>Present and former identities.</summary>
    public IReadOnlyList<HybridIdentity> Identities => [Identity, .. _former.Select(keys => keys.Identity)];

    /// <summary>Opens a sealed ring; null where the key is not the right one or the ring was changed.</summary>
    public static KeyRing? TryOpen(byte[] box, SecretBytes key, string label)
    {
        using var sealingKey = FileKeySchedule.Derive(key, label);
        using var plain = new SecretBytes(Math.Max(1, box.Length - XChaCha20Poly1305.Overhead));
        return box.Length > XChaCha20Poly1305.Overhead && XChaCha20Poly1305.TryOpen(plain.Span, box, AssociatedData, sealingKey.Span)
            ? Read(plain.Span)
            : null;
    }

    /// <summary>New identity and signing key; the ones before stay as former keys.</summary>
    /// <param name="profile">SHA-256 of the profile that the present keys have.</param>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.NotPermitted"/>: there is no room for more former keys.</exception>
    public KeyRing Rotate(byte[] profile)
    {
        RequireRoom(_former.Length + 1);
        var plain = SecretBytes.Random(PlainLength);
        plain.Span[0] = Version;
        Plain.Span[^SecretLength..].CopyTo(plain.Span[^SecretLength..]); // the metadata key: the tags of stored names are made with it
        return new KeyRing(plain)
        {
            _former = [new OwnKeys(Plain.Span[1..], profile), .. _former.Select(Copy)],
            HasLost = HasLost,
        };
    }

    /// <summary>This ring with all keys of one that was lost and found again.</summary>
    /// <param name="found">Stays the caller's to dispose.</param>
    /// <param name="profile">SHA-256 of the profile that its present keys had.</param>
    /// <param name="hasLost">Whether there are others still lost.</param>
    /// <exception cref="VaultException"><see cref="VaultErrorCode.NotPermitted"/>: there is no room for so many former keys.</exception>
    public KeyRing With(KeyRing found, byte[] profile, bool hasLost)
    {
        RequireRoom(_former.Length + found._former.Length + 1);
        var added = found._former.Select(Copy).Prepend(new OwnKeys(found.Plain.Span[1..], profile)).Where(keys =>
            !SigningKey.SequenceEqual(keys.SigningKey) && !_former.Any(known => known.SigningKey.SequenceEqual(keys.SigningKey)));
        return new KeyRing(Plain.Copy()) { _former = [.. _former.Select(Copy), .. added], HasLost = hasLost };
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
            return AgeHeader.Unwrap(header, [.. Identities]);
        }
        catch (AgeException error) when (error.Error == AgeError.NoMatch && HasLost)
        {
            throw VaultException.Lost(file, error);
        }
    }

    /// <summary>What the person's present or former keys signed, as <paramref name="verify"/> reads it; null where none did.</summary>
    public T? Signed<T>(Func<ReadOnlySpan<byte>, T?> verify)
        where T : class =>
        verify(SigningKey) ?? _former.Select(keys => verify(keys.SigningKey)).FirstOrDefault(read => read is not null);

    /// <summary>Whether something was sealed to this person under a profile of then.</summary>
    public bool HadProfile(byte[] hash) => _former.Any(keys => keys.Profile is { } profile && profile.AsSpan().SequenceEqual(hash));

    /// <summary>The tags that a name has or had: with the present keys first, then with former ones that make others.</summary>
    public IReadOnlyList<byte[]> NameTags(string path) =>
        [.. _former.Select(keys => keys.NameTag(path)).Prepend(NameTag(path)).DistinctBy(Convert.ToHexString)];

    /// <summary>The profile of new keys; the keys before sign it too where this ring has them.</summary>
    public SignedProfile FollowProfile(Profile before, SignedProfile signedBefore, EmailAddress email, ServerKey server)
    {
        var next = new Profile(
            before.Version + 1, email.Value, Recipient.ToString(), SigningKey.ToArray(), server.ToString(), signedBefore.Hash());
        return _former.FirstOrDefault(keys => keys.SigningKey.SequenceEqual(before.SigningKey)) is { } former
            ? SignedProfile.SignNext(next, SigningSeed.Span, former.SigningSeed.Span)
            : SignedProfile.Sign(next, SigningSeed.Span);
    }

    // A key of before opens what was made with it: none is dropped to make room.
    private static void RequireRoom(int former)
    {
        if (former > MaxFormer)
        {
            throw new VaultException(
                VaultErrorCode.NotPermitted,
                $"A key ring holds {MaxFormer} former keys at most, and this would be number {former}. Nothing has changed.",
                "Keep the present keys; the password can be changed without -RotateKeys as often as you like.");
        }
    }

    private static OwnKeys Copy(OwnKeys keys) => new(keys.Plain, keys.Profile);

    /// <summary>The ring without anything that signs: the same form, with public signing keys in the place of the seeds.</summary>
    internal SecretBytes WriteReader()
    {
        var plain = Write(isSecond: true);
        SigningKey.CopyTo(plain.Span.Slice(SecondHead + SecretLength, SecretLength));
        var rest = plain.Span[(SecondHead + OwnKeys.PlainLength)..];
        foreach (var keys in _former)
        {
            keys.WithoutSeed(rest);
            rest = rest[FormerLength..];
        }

        return plain;
    }

    /// <summary>The plain form of a whole ring.</summary>
    internal SecretBytes Write(bool isSecond = false)
    {
        if (!isSecond && _former.Length == 0 && !HasLost)
        {
            return Plain.Copy();
        }

        var plain = new SecretBytes(SecondHead + OwnKeys.PlainLength + (_former.Length * FormerLength));
        plain.Span[0] = Second;
        plain.Span[1] = HasLost ? LostFlag : (byte)0;
        BinaryPrimitives.WriteUInt16BigEndian(plain.Span[2..], (ushort)_former.Length);
        Plain.Span[1..].CopyTo(plain.Span[SecondHead..]);
        var rest = plain.Span[(SecondHead + OwnKeys.PlainLength)..];
        foreach (var keys in _former)
        {
            keys.Plain.CopyTo(rest);
            keys.Profile.CopyTo(rest[OwnKeys.PlainLength..]);
            rest = rest[FormerLength..];
        }

        return plain;
    }

    /// <summary>Reads what <see cref="Write"/> or <see cref="WriteReader"/> wrote; null where it is neither.</summary>
    internal static KeyRing? Read(ReadOnlySpan<byte> plain, bool isReader = false)
    {
        if (!isReader && plain.Length == PlainLength && plain[0] == Version)
        {
            return new KeyRing(new SecretBytes(plain));
        }

        if (plain.Length < SecondHead + OwnKeys.PlainLength || plain[0] != Second || plain[1] > LostFlag
            || plain.Length != SecondHead + OwnKeys.PlainLength + (BinaryPrimitives.ReadUInt16BigEndian(plain[2..]) * FormerLength))
        {
            return null;
        }

        var keys = plain.Slice(SecondHead, OwnKeys.PlainLength);
        var former = new List<OwnKeys>();
        for (var rest = plain[(SecondHead + OwnKeys.PlainLength)..]; !rest.IsEmpty; rest = rest[FormerLength..])
        {
            former.Add(new OwnKeys(rest[..OwnKeys.PlainLength], rest[OwnKeys.PlainLength..FormerLength].ToArray(), isReader));
        }

        if (isReader)
        {
            return new KeyRing(
                new HybridIdentity(keys[..SecretLength]), keys[(2 * SecretLength)..], keys.Slice(SecretLength, SecretLength).ToArray())
            {
                _former = [.. former],
                HasLost = plain[1] == LostFlag,
            };
        }

        var present = new SecretBytes(PlainLength);
        present.Span[0] = Version;
        keys.CopyTo(present.Span[1..]);
        return new KeyRing(present) { _former = [.. former], HasLost = plain[1] == LostFlag };
    }
}

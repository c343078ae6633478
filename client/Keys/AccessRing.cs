using System.Text;
using Vault.Cryptography.Age;
using Vault.Cryptography.Primitives;
using Vault.Protocol;

namespace Vault.Client.Keys;

/// <summary>The part of a key ring that an access key gets, sealed under its secret: what is not in here its holder does not have.</summary>
/// <remarks>
/// <code>
/// all        1 ‖ the ring as it is sealed for its owner, see <see cref="KeyRing"/>
/// read-only  2 ‖ the ring in its second form, with Ed25519 public keys in the place of the seeds
/// send-only  3 ‖ X-Wing public key (1,216) ‖ Ed25519 public key (32) ‖ Ed25519 seed of its own (32) ‖ name tag key (32)
///              ‖ certificate's signature (64) ‖ certificate
/// </code>
/// <para>Former keys are in it, too: what was sealed to them opens. When the keys change, access keys end: nobody has what would seal
/// the new ones for them, and they may be why the keys change.</para>
/// </remarks>
internal static class AccessRing
{
    private const byte WholeForm = 1, ReaderForm = 2, SenderForm = 3;
    private const int Secret = KeyRing.SecretLength;

    private static readonly byte[] Label = Encoding.ASCII.GetBytes("Vault/1 access key ring");

    /// <summary>Seals what a scope needs.</summary>
    /// <param name="certified">For a send-only key: what the account certifies, all but the signing key, which is made here.</param>
    internal static byte[] Seal(KeyRing ring, AccessScope scope, SecretBytes secret, SigningCertificate certified)
    {
        using var plain = scope switch
        {
            AccessScope.All => Prefixed(WholeForm, ring.Write()),
            AccessScope.ReadOnly => Prefixed(ReaderForm, ring.WriteReader()),
            AccessScope.SendOnly => Sender(ring, certified),
            _ => throw new ArgumentOutOfRangeException(nameof(scope), scope, "There is no such scope."),
        };
        using var key = FileKeySchedule.Derive(secret, FileKeySchedule.AccessKeyRing);
        return XChaCha20Poly1305.Seal(plain.Span, AssociatedData(certified.Owner, certified.Key), key.Span);
    }

    /// <summary>Opens what <see cref="Seal"/> made; null where anything does not hold.</summary>
    internal static KeyRing? TryOpen(byte[] box, SecretBytes secret, AccessScope scope, AccountId account, AccessKeyId id)
    {
        var plain = new SecretBytes(Math.Max(0, box.Length - XChaCha20Poly1305.Overhead));
        try
        {
            using var key = FileKeySchedule.Derive(secret, FileKeySchedule.AccessKeyRing);
            if (!XChaCha20Poly1305.TryOpen(plain.Span, box, AssociatedData(account, id), key.Span) || plain.Length == 0)
            {
                return null;
            }

            return (scope, plain.Span[0]) switch
            {
                (AccessScope.All, WholeForm) => KeyRing.Read(plain.Span[1..]),
                (AccessScope.ReadOnly, ReaderForm) => KeyRing.Read(plain.Span[1..], isReader: true),
                (AccessScope.SendOnly, SenderForm) => OpenSender(plain.Span[1..], secret, account, id),
                _ => null,
            };
        }
        finally
        {
            plain.Dispose();
        }
    }

    private static SecretBytes Prefixed(byte form, SecretBytes ring)
    {
        using (ring)
        {
            var plain = new SecretBytes(1 + ring.Length);
            plain.Span[0] = form;
            ring.Span.CopyTo(plain.Span[1..]);
            return plain;
        }
    }

    private static SecretBytes Sender(KeyRing ring, SigningCertificate certified)
    {
        using var seed = SecretBytes.Random(Ed25519.SeedLength);
        var signingKey = new byte[Ed25519.PublicKeyLength];
        Ed25519.PublicKey(signingKey, seed.Span);
        var certificate = SignedCertificate.Sign(certified with { SigningKey = signingKey }, ring.SigningSeed.Span);
        var plain = new SecretBytes(1 + HybridRecipient.KeyLength + (3 * Secret) + Ed25519.SignatureLength + certificate.Bytes.Length);
        plain.Span[0] = SenderForm;
        var rest = plain.Span[1..];
        foreach (var part in (ReadOnlySpan<byte[]>)[ring.Recipient.Key.ToArray(), ring.SigningKey.ToArray()])
        {
            part.CopyTo(rest);
            rest = rest[part.Length..];
        }

        seed.Span.CopyTo(rest);
        ring.NameTagKey.Span.CopyTo(rest[Secret..]);
        certificate.Signature.CopyTo(rest[(2 * Secret)..]);
        certificate.Bytes.CopyTo(rest[((2 * Secret) + Ed25519.SignatureLength)..]);
        return plain;
    }

    private static KeyRing? OpenSender(ReadOnlySpan<byte> plain, SecretBytes secret, AccountId account, AccessKeyId id)
    {
        const int fixedLength = HybridRecipient.KeyLength + (3 * Secret) + Ed25519.SignatureLength;
        if (plain.Length <= fixedLength)
        {
            return null;
        }

        var signingKey = plain.Slice(HybridRecipient.KeyLength, Secret);
        var rest = plain[(HybridRecipient.KeyLength + Secret)..];
        var certificate = new SignedCertificate(
            plain[fixedLength..].ToArray(), rest.Slice(2 * Secret, Ed25519.SignatureLength).ToArray());
        return certificate.Verify(signingKey) is { } certified && certified.Owner == account && certified.Key == id
            ? KeyRing.Sender(
                new HybridRecipient(plain[..HybridRecipient.KeyLength]), signingKey, new SecretBytes(rest[..Secret]),
                new SecretBytes(rest.Slice(Secret, Secret)), secret, certificate)
            : null;
    }

    // label ‖ 0 ‖ account (16) ‖ access key (16)
    private static byte[] AssociatedData(AccountId account, AccessKeyId id) =>
        [.. Label, 0, .. VaultId.ToBytes(account), .. VaultId.ToBytes(id)];
}

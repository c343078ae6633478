using System.Security.Cryptography;
using Vault.Client.Contacts;
using Vault.Client.Keys;
using Vault.Cryptography;
using Vault.Cryptography.Age;
using Vault.Cryptography.Primitives;
using Vault.Protocol;

namespace Vault.Client.Shares;

/// <summary>Makes grants: a second age header over an unchanged payload, and the owner's signature over what it is for.</summary>
internal static class Grants
{
    /// <summary>Writes the header for one person and signs.</summary>
    /// <param name="grant">All but the header's hash and the recipient, which are filled in here.</param>
    internal static ShareGrant Sign(KeyRing ring, Grant grant, SecretBytes fileKey, PublishedProfile recipient)
    {
        byte[] header;
        try
        {
            header = AgeHeader.Create(fileKey, recipient.Recipient);
        }
        catch (CryptographyException error)
        {
            throw VaultException.Forged($"The key of {recipient.Profile.Email} is none: {error.Message}");
        }

        var whole = grant with
        {
            Recipient = recipient.Account,
            RecipientProfile = recipient.Hash,
            Header = SHA256.HashData(header),
        };
        return new ShareGrant(SignedGrant.Sign(whole, ring.SigningSeed.Span), header);
    }

    /// <summary>What to sign, but for the recipient.</summary>
    internal static Grant For(AccountId owner, FileId file, int version, byte[] manifest, DateTimeOffset? expiresAt, long number) =>
        new(owner, file, version, manifest, default, [], [], expiresAt, number);
}

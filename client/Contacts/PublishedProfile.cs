using Vault.Cryptography;
using Vault.Cryptography.Age;
using Vault.Protocol;

namespace Vault.Client.Contacts;

/// <summary>A profile as the server shows it, checked as far as it can be without knowing the person.</summary>
/// <param name="Signed">The bytes that were signed.</param>
/// <param name="Recipient">What is sealed to the person.</param>
internal sealed record PublishedProfile(AccountId Account, SignedProfile Signed, Profile Profile, HybridRecipient Recipient)
{
    /// <summary>SHA-256 of the profile's bytes: what grants name.</summary>
    public byte[] Hash { get; } = Signed.Hash();

    /// <exception cref="VaultException"><see cref="VaultErrorCode.IntegrityFailed"/>: the profile is not one that a person made for this server.</exception>
    internal static PublishedProfile Check(AccountId account, SignedProfile signed, ServerKey server)
    {
        if (signed.Verify() is not { } profile)
        {
            throw VaultException.Forged("The server shows a profile that its owner did not sign.");
        }

        if (profile.ServerKey != server.ToString() || !EmailAddress.TryParse(profile.Email, out var email) || email.Value != profile.Email
            || profile.Version < 1 || (profile.Version == 1) != (profile.PreviousProfile is null))
        {
            throw VaultException.Forged("The server shows a profile that was not made for it.");
        }

        try
        {
            return new PublishedProfile(account, signed, profile, HybridRecipient.Parse(profile.Recipient));
        }
        catch (CryptographyException error)
        {
            throw VaultException.Forged($"The server shows a profile whose key is none: {error.Message}");
        }
    }

    /// <summary>Whether who holds the pinned keys signed this profile as the next one.</summary>
    internal bool Follows(ContactPin pin) =>
        Profile.Version == pin.Version + 1
        && Profile.PreviousProfile is { } previous && previous.AsSpan().SequenceEqual(pin.Profile)
        && Signed.IsSignedBy(pin.SigningKey);
}

using System.Collections.Concurrent;
using System.Security.Cryptography;
using Vault.Protocol;

namespace Vault.Grains.Files;

/// <summary>Profiles whose signature was checked, by what was checked: a batch of files asks for one owner's again and again.</summary>
internal sealed class VerifiedProfiles
{
    private const int Most = 1024;

    private readonly ConcurrentDictionary<string, Profile> _profiles = new(StringComparer.Ordinal);

    /// <inheritdoc cref="SignedProfile.Verify"/>
    public Profile? Verify(SignedProfile signed)
    {
        var key = KeyOf(signed);
        if (_profiles.TryGetValue(key, out var known))
        {
            return known;
        }

        if (signed.Verify() is not { } profile)
        {
            return null;
        }

        if (_profiles.Count >= Most)
        {
            _profiles.Clear(); // they are checked again, no more
        }

        _profiles[key] = profile;
        return profile;
    }

    // Both lengths are fixed by the hash of the bytes: no other pair has the same key.
    private static string KeyOf(SignedProfile signed) =>
        Convert.ToHexString(SHA256.HashData(signed.Bytes)) + Convert.ToHexString(SHA256.HashData(signed.Signature));
}

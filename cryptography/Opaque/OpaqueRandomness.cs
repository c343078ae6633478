using System.Security.Cryptography;
using Vault.Cryptography.Primitives;

namespace Vault.Cryptography.Opaque;

/// <summary>What a random value is for, so that published vectors can be fed in by name.</summary>
internal enum OpaqueRandomness
{
    /// <summary>A uniformly random non-zero scalar.</summary>
    Blind,
    EnvelopeNonce,
    ClientNonce,
    ClientKeyshareSeed,
    MaskingNonce,
    ServerNonce,
    ServerKeyshareSeed,
}

/// <summary>
/// Fills <paramref name="destination"/>; only tests pass anything but <see cref="SystemRandomness.Fill"/>.
/// </summary>
internal delegate void RandomSource(OpaqueRandomness purpose, Span<byte> destination);

/// <summary>The randomness of the product.</summary>
internal static class SystemRandomness
{
    internal static void Fill(OpaqueRandomness purpose, Span<byte> destination)
    {
        if (purpose == OpaqueRandomness.Blind)
        {
            Ristretto255.RandomScalar(destination);
        }
        else
        {
            RandomNumberGenerator.Fill(destination);
        }
    }
}

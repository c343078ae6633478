using System.Security.Cryptography;

namespace Vault.Grains.Recovery;

/// <summary>When work that depends on the address begins. At once, it would compete with the very answer that must not tell of it; a while
/// later, it falls on whoever happens to ask then.</summary>
internal static class AfterAnswer
{
    private const int MinMilliseconds = 100, MaxMilliseconds = 400;

    /// <summary>A random pause.</summary>
    public static TimeSpan Pause() => TimeSpan.FromMilliseconds(RandomNumberGenerator.GetInt32(MinMilliseconds, MaxMilliseconds));
}

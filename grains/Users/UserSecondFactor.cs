using System.Collections.Immutable;

namespace Vault.Grains.Users;

/// <summary>The account's second factor. Secrets are sealed, backup codes are keyed hashes.</summary>
/// <param name="Prepared">A secret that no code has come back for yet.</param>
/// <param name="Secret">The secret that codes are checked with; null while the factor is off.</param>
/// <param name="LastStep">The latest time step of which a code was accepted: none of it or before is accepted again.</param>
/// <param name="BackupCodes">Those not used yet.</param>
internal sealed record UserSecondFactor(
    byte[]? Prepared, byte[]? Secret, long LastStep, ImmutableList<byte[]> BackupCodes)
{
    /// <summary>Off.</summary>
    public static UserSecondFactor Off { get; } = new(null, null, 0, []);

    /// <summary>Whether a sign-in needs it.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsOn => Secret is not null;

    public UserSecondFactor Apply(TotpPrepared prepared) => this with { Prepared = prepared.SealedSecret };

    public UserSecondFactor Apply(TotpEnabled enabled) =>
        new(null, Prepared, enabled.Step, [.. enabled.BackupCodes]);

    public UserSecondFactor Apply(OneTimeCodeUsed used) => this with { LastStep = used.Step };

    public UserSecondFactor Apply(BackupCodeUsed used) =>
        this with { BackupCodes = BackupCodes.RemoveAll(hash => hash.AsSpan().SequenceEqual(used.Hash)) };
}

/// <summary>What a code turned out to be.</summary>
/// <param name="Step">The time step of the authenticator's code; null for a backup code.</param>
/// <param name="BackupCode">The hash of a backup code; null for the authenticator's.</param>
internal readonly record struct CodeProof(long? Step, byte[]? BackupCode);

using Vault.Grains.SignIn;

namespace Vault.Grains.Registration;

/// <summary>Makes invitations, for the operator's command.</summary>
public static class Invitation
{
    /// <summary>The longest life of one, in days.</summary>
    public const int MaxDays = 365;

    /// <summary>A new invitation, good for one account until its end.</summary>
    public static string New(SiloKeys keys, DateTimeOffset expiresAt)
    {
        ArgumentNullException.ThrowIfNull(keys);
        return Invitations.New(keys, expiresAt);
    }
}

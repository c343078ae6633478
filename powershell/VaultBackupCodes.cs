using System.Collections.ObjectModel;

namespace Vault.PowerShell;

/// <summary>Codes for signing in without the authenticator, as Enable-VaultTotp hands them out, once.</summary>
public sealed class VaultBackupCodes
{
    internal VaultBackupCodes(string email, IReadOnlyList<string> codes)
    {
        Email = email;
        Codes = [.. codes];
    }

    /// <summary>The account's e-mail address.</summary>
    public string Email { get; }

    /// <summary>Each good for one sign-in.</summary>
    public ReadOnlyCollection<string> Codes { get; }

    /// <summary>Never shows a code.</summary>
    public override string ToString() => $"Backup codes of {Email}";
}

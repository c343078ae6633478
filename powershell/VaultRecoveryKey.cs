using System.Security;

namespace Vault.PowerShell;

/// <summary>An account's recovery key, as New-VaultAccount hands it out, once.</summary>
/// <remarks>Its table view shows the key: that is how a person gets to see it.</remarks>
public sealed class VaultRecoveryKey
{
    internal VaultRecoveryKey(string server, string email, SecureString key)
    {
        Server = server;
        Email = email;
        Key = key;
    }

    /// <summary>The server that the account is on.</summary>
    public string Server { get; }

    /// <summary>The account's e-mail address.</summary>
    public string Email { get; }

    /// <summary><c>vaultrecovery1…</c>, for a command or a secret store to take.</summary>
    public SecureString Key { get; }

    /// <summary><c>vaultrecovery1…</c> as plain text, for a person to write down.</summary>
    public string Reveal() => Key.Reveal();

    /// <summary>Never shows the key.</summary>
    public override string ToString() => $"Recovery key of {Email}";
}

using System.Security;

namespace Vault.PowerShell;

/// <summary>What an authenticator app needs, as Enable-VaultTotp hands it out, once.</summary>
/// <remarks>Its view shows the secret: that is how a person gets it into the app.</remarks>
public sealed class VaultTotpSetup
{
    internal VaultTotpSetup(string email, SecureString uri)
    {
        Email = email;
        Uri = uri;
    }

    /// <summary>The account's e-mail address.</summary>
    public string Email { get; }

    /// <summary><c>otpauth://totp/…</c>, for a command that makes a QR code to take.</summary>
    public SecureString Uri { get; }

    /// <summary><c>otpauth://totp/…</c> as plain text.</summary>
    public string Reveal() => Uri.Reveal();

    /// <summary>Never shows the secret.</summary>
    public override string ToString() => $"One-time codes of {Email}";
}

using System.Management.Automation;
using System.Security;
using Vault.Cryptography.Primitives;

namespace Vault.PowerShell;

/// <summary>A cmdlet that does something to files of the vault that may have been sent with a password of their own.</summary>
public abstract class FilePasswordCmdlet : FileSelectionCmdlet
{
    /// <summary>The password that the files were sent with; files that others gave need none.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? Password { get; set; }

    /// <summary>The name of a secret in the SecretManagement module that holds the password.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? PasswordSecret { get; set; }

    /// <summary>The password of either; null where none is given. The caller disposes it.</summary>
    private protected SecretBytes? FilePassword() => Secret(Password, PasswordSecret);
}

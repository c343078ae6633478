using System.Management.Automation;
using System.Security;
using Vault.Client;
using Vault.Cryptography.Primitives;

namespace Vault.PowerShell.Commands;

/// <summary>A cmdlet that opens a session with an e-mail address and a password, and asks about unknown
/// servers.</summary>
public abstract class LoginCmdlet : ServerCmdlet
{
    private protected const string ByCredential = "Credential", ByEmail = "Email";

    /// <summary>E-mail address and password together.</summary>
    [Parameter(
        Mandatory = true, Position = 1, ParameterSetName = ByCredential,
        HelpMessage = "Your e-mail address as the user name, and the password of your account.")]
    [Credential]
    public PSCredential? Credential { get; set; }

    /// <summary>The account's e-mail address.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByEmail, HelpMessage = "The e-mail address of your account.")]
    [ValidateNotNullOrEmpty]
    public string Email { get; set; } = "";

    /// <summary>The account's password.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByEmail, HelpMessage = "The password of your account.")]
    [ValidateNotNull]
    public SecureString? Password { get; set; }

    private protected string Name => Credential?.UserName ?? Email;

    /// <summary>Opens something on the server and asks the person about its key where it is unknown, and for a one-time code
    /// where one is needed.</summary>
    private protected T Open<T>(
        Func<ServerAddress, string, SecretBytes, ConnectOptions, CancellationToken, Task<T>> open, string? oneTimeCode = null)
    {
        using var password = Secret(Credential?.Password ?? Password)!; // one of the two is mandatory in each set
        return Open(oneTimeCode, (address, options, stop) => open(address, Name, password, options, stop));
    }
}

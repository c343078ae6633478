using System.Management.Automation;
using System.Security;
using Vault.Client;
using Vault.Cryptography.Primitives;
using Vault.PowerShell.Completion;

namespace Vault.PowerShell.Commands;

/// <summary>A cmdlet that opens a session with an e-mail address and a password, and asks about unknown
/// servers.</summary>
public abstract class LoginCmdlet : ServerCmdlet
{
    private protected const string ByCredential = "Credential", ByEmail = "Email";

    /// <summary>The server: <c>host</c>, <c>host:port</c>, or <c>host:port#vaultserver1…</c> to pin its key. Several where it has
    /// several gateways: when one is lost, the next is used, and the session and its transfers go on.</summary>
    [Parameter(
        Mandatory = true, Position = 0, ParameterSetName = ByCredential, HelpMessage = "The server: host, host:port or host:port#vaultserver1…")]
    [Parameter(
        Mandatory = true, Position = 0, ParameterSetName = ByEmail, HelpMessage = "The server: host, host:port or host:port#vaultserver1…")]
    [ArgumentCompleter(typeof(VaultServerCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Server { get; set; } = [];

    /// <summary>E-mail address and password together.</summary>
    [Parameter(
        Mandatory = true, Position = 1, ParameterSetName = ByCredential,
        HelpMessage = "Your e-mail address as the user name, and the password of your account.")]
    [Credential]
    public PSCredential? Credential { get; set; }

    /// <summary>The account's e-mail address; the account that signed in last at the server when it is not given. Asked for where
    /// there is none.</summary>
    [Parameter(ParameterSetName = ByEmail)]
    [ArgumentCompleter(typeof(VaultServerCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Email { get; set; }

    /// <summary>The account's password; asked for when it is not given.</summary>
    [Parameter(ParameterSetName = ByEmail)]
    [ValidateNotNull]
    public SecureString? Password { get; set; }

    /// <summary>The name of a secret in the SecretManagement module that holds the password, or a credential.</summary>
    [Parameter(ParameterSetName = ByEmail)]
    [ValidateNotNullOrEmpty]
    public string? PasswordSecret { get; set; }

    /// <summary>What <see cref="Server"/> says; ends the cmdlet where it is no address.</summary>
    private protected ServerAddress Address => AddressOf(Server);

    /// <summary>Whose account, as far as it was said.</summary>
    private protected string Name => Credential?.UserName ?? Email ?? "somebody yet to be named";

    /// <summary>Whose account it was in the end, typed or remembered; set by <see cref="Open{T}"/>.</summary>
    private protected string UsedEmail { get; private set; } = "";

    /// <summary>Whether the account used last at the server is meant where none is named.</summary>
    private protected virtual bool UsesRemembered => true;

    /// <summary>Opens something on the server and asks the person about its key where it is unknown, and for a one-time code
    /// where one is needed.</summary>
    private protected T Open<T>(
        Func<ServerAddress, string, SecretBytes, ConnectOptions, CancellationToken, Task<T>> open, string? oneTimeCode = null,
        string? invitation = null)
    {
        var address = Address;
        var accounts = new RememberedAccounts(new ConnectOptions().StateFolder);
        var (email, typed) = Need(address, () => new CredentialSource(Credential, Email, Password, PasswordSecret)
            .Find(this, address, UsesRemembered && Email is null && Credential is null ? accounts.Find(address) : null, CanAsk));
        UsedEmail = email;
        using var password = Secret(typed)!; // there is one
        var options = OptionsFor(address, oneTimeCode) with { Invitation = invitation };
        return Open(address, options, (used, stop) => open(address, email, password, used, stop));
    }

    /// <summary>Takes the account for the one that is meant the next time. Comes last: it may have to warn.</summary>
    private protected void Remember()
    {
        try
        {
            new RememberedAccounts(new ConnectOptions().StateFolder).Remember(Address, UsedEmail);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Caution($"The account is not remembered for the next time: {error.Message}"); // the session is open all the same
        }
    }
}

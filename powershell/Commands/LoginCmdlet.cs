using System.Management.Automation;
using System.Security;
using Vault.Client;
using Vault.Cryptography.Primitives;
using Vault.PowerShell.Completion;
using Vault.Protocol;

namespace Vault.PowerShell.Commands;

/// <summary>A cmdlet that opens a session with an e-mail address and a password, and asks about unknown
/// servers.</summary>
public abstract class LoginCmdlet : VaultCmdlet
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

    /// <summary>The key that the server must have, <c>vaultserver1…</c>: one that this machine has never met is then trusted without a
    /// question. Any other key is refused.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? AcceptServerKey { get; set; }

    /// <summary>How long commands of this session make a lost connection again before they fail; 30 s when it is not given,
    /// zero for not at all.</summary>
    [Parameter]
    public TimeSpan ReconnectFor { get; set; } = new ConnectOptions().ReconnectFor;

    /// <summary>What <see cref="Server"/> says; ends the cmdlet where it is no address.</summary>
    private protected ServerAddress Address => Need(Server, () => ServerAddress.TryParse(string.Join(',', Server), out var address)
        ? address
        : throw new ArgumentException(
            $"'{string.Join(',', Server)}' is no server address: write host, host:port or host:port#vaultserver1…"));

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
        var expected = Need(address, () => ExpectedKey(address));
        var accounts = new RememberedAccounts(new ConnectOptions().StateFolder);
        var (email, typed) = Need(address, () => new CredentialSource(Credential, Email, Password, PasswordSecret)
            .Find(this, address, UsesRemembered ? accounts.Find(address) : null, CanAsk));
        UsedEmail = email;
        using var password = Secret(typed)!; // there is one
        var options = new ConnectOptions
        {
            AcceptServerKey = expected,
            ReconnectFor = ReconnectFor,
            OneTimeCode = oneTimeCode,
            Invitation = invitation,
        };
        var opened = Need(address, () =>
        {
            while (true)
            {
                try
                {
                    return Await(stop => open(address, email, password, options, stop));
                }
                catch (VaultException error)
                    when (error.Code == VaultErrorCode.ServerUnknown && options.AcceptServerKey is null && PersonAccepts(address, error))
                {
                    options = options with { AcceptServerKey = error.ServerKey };
                }
                catch (VaultException error)
                    when (error.Code == VaultErrorCode.CodeRequired && options.OneTimeCode is null && AskForCode() is { Length: > 0 } code)
                {
                    options = options with { OneTimeCode = code };
                }
            }
        });
        Remember(accounts, address, email);
        return opened;
    }

    // What a script says that the key must be holds against what is remembered, too.
    private ServerKey? ExpectedKey(ServerAddress address)
    {
        if (AcceptServerKey is null)
        {
            return null;
        }

        if (!ServerKey.TryParse(AcceptServerKey, out var key))
        {
            throw new ArgumentException($"'{AcceptServerKey}' is no server key: it begins with vaultserver1.");
        }

        var known = address.Key ?? new KnownServers(new ConnectOptions().StateFolder).Find(address);
        return known is null || known == key
            ? key
            : throw new VaultException(
                VaultErrorCode.ServerKeyChanged, $"The server {address} is known by the key {known}, not {key}.",
                "Ask its operator which of the two is right.")
            {
                ServerKey = known,
            };
    }

    private void Remember(RememberedAccounts accounts, ServerAddress address, string email)
    {
        try
        {
            accounts.Remember(address, email);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            WriteWarning($"The account is not remembered for the next time: {error.Message}"); // the session is open all the same
        }
    }

    private string? AskForCode()
    {
        if (!CanAsk)
        {
            return null;
        }

        try
        {
            Host.UI.Write("One-time code (of your authenticator, or a backup code): ");
            return Host.UI.ReadLine()?.Trim();
        }
        catch (Exception error) when (IsNobodyThere(error))
        {
            return null; // the error itself says what is missing
        }
    }

    // The connection is already dropped while the person compares the key; the next one must prove the same.
    private bool PersonAccepts(ServerAddress address, VaultException unknown)
    {
        if (!CanAsk)
        {
            return false;
        }

        try
        {
            return ShouldContinue(
                $"This machine has never met the server {address}. Its key is\n\n    {unknown.ServerKey}\n\n"
                + "Compare it with the key that the server printed when it started. Is it the same?",
                "Unknown server");
        }
        catch (Exception error) when (IsNobodyThere(error))
        {
            return false; // -NonInteractive, or a host that has nobody to ask: the error itself carries the key
        }
    }

    private static bool IsNobodyThere(Exception error) =>
        error is PSInvalidOperationException or System.Management.Automation.Host.HostException or NotImplementedException;

    private bool CanAsk => Host.Name != "ConsoleHost" || (Environment.UserInteractive && !Console.IsInputRedirected);
}

using System.Management.Automation;
using System.Security;
using Vault.Client;
using Vault.Cryptography.Primitives;

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
    [ValidateNotNullOrEmpty]
    public string[] Server { get; set; } = [];

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

    /// <summary>Trust a server that this machine has never met, without asking. A changed key is refused all the
    /// same.</summary>
    [Parameter]
    public SwitchParameter AcceptServerKey { get; set; }

    /// <summary>How long commands of this session make a lost connection again before they fail; 30 s when it is not given,
    /// zero for not at all.</summary>
    [Parameter]
    public TimeSpan ReconnectFor { get; set; } = new ConnectOptions().ReconnectFor;

    /// <summary>What <see cref="Server"/> says; ends the cmdlet where it is no address.</summary>
    private protected ServerAddress Address => Need(Server, () => ServerAddress.TryParse(string.Join(',', Server), out var address)
        ? address
        : throw new ArgumentException(
            $"'{string.Join(',', Server)}' is no server address: write host, host:port or host:port#vaultserver1…"));

    private protected string Name => Credential?.UserName ?? Email;

    /// <summary>Opens something on the server and asks the person about its key where it is unknown, and for a one-time code
    /// where one is needed.</summary>
    private protected T Open<T>(
        Func<ServerAddress, string, SecretBytes, ConnectOptions, CancellationToken, Task<T>> open, string? oneTimeCode = null,
        string? invitation = null)
    {
        var address = Address;
        using var password = Secret(Credential?.Password ?? Password)!; // one of the two is mandatory in each set
        var options = new ConnectOptions
        {
            AcceptUnknownServer = AcceptServerKey,
            ReconnectFor = ReconnectFor,
            OneTimeCode = oneTimeCode,
            Invitation = invitation,
        };
        return Need(address, () =>
        {
            while (true)
            {
                try
                {
                    return Await(stop => open(address, Name, password, options, stop));
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

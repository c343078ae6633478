using System.Management.Automation;
using Vault.Client;

namespace Vault.PowerShell.Commands;

/// <summary>A cmdlet that connects to a server, and asks about unknown ones.</summary>
public abstract class ServerCmdlet : VaultCmdlet
{
    /// <summary>The server: <c>host</c>, <c>host:port</c>, or <c>host:port#vaultserver1…</c> to pin its key.</summary>
    [Parameter(Mandatory = true, Position = 0, HelpMessage = "The server: host, host:port or host:port#vaultserver1…")]
    [ValidateNotNullOrEmpty]
    public string Server { get; set; } = "";

    /// <summary>Trust a server that this machine has never met, without asking. A changed key is refused all the
    /// same.</summary>
    [Parameter]
    public SwitchParameter AcceptServerKey { get; set; }

    /// <summary>How long commands of this session make a lost connection again before they fail; 30 s when it is not given,
    /// zero for not at all.</summary>
    [Parameter]
    public TimeSpan ReconnectFor { get; set; } = new ConnectOptions().ReconnectFor;

    /// <summary>What <see cref="Server"/> says; ends the cmdlet where it is no address.</summary>
    private protected ServerAddress Address => Need(Server, () => ServerAddress.TryParse(Server, out var address)
        ? address
        : throw new ArgumentException(
            $"'{Server}' is no server address: write host, host:port or host:port#vaultserver1…"));

    /// <summary>Opens something on the server and asks the person about its key where it is unknown, and for a one-time code
    /// where one is needed.</summary>
    private protected T Open<T>(string? oneTimeCode, Func<ServerAddress, ConnectOptions, CancellationToken, Task<T>> open)
    {
        var address = Address;
        var options = new ConnectOptions
        {
            AcceptUnknownServer = AcceptServerKey,
            ReconnectFor = ReconnectFor,
            OneTimeCode = oneTimeCode,
        };
        return Need(address, () =>
        {
            while (true)
            {
                try
                {
                    return Await(stop => open(address, options, stop));
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

    private protected static bool IsNobodyThere(Exception error) =>
        error is PSInvalidOperationException or System.Management.Automation.Host.HostException or NotImplementedException;

    private bool CanAsk => Host.Name != "ConsoleHost" || (Environment.UserInteractive && !Console.IsInputRedirected);
}

using System.Management.Automation;
using Vault.Client;
using Vault.Protocol;

namespace Vault.PowerShell.Commands;

/// <summary>A cmdlet that connects to a server, and asks about unknown ones.</summary>
public abstract class ServerCmdlet : VaultCmdlet
{
    /// <summary>The key that the server must have, <c>vaultserver1…</c>: one that this machine has never met is then trusted without a
    /// question. Any other key is refused.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? AcceptServerKey { get; set; }

    /// <summary>How long commands of this session make a lost connection again before they fail; 30 s when it is not given,
    /// zero for not at all.</summary>
    [Parameter]
    public TimeSpan ReconnectFor { get; set; } = new ConnectOptions().ReconnectFor;

    /// <summary>What somebody typed as a server; ends the cmdlet where it is no address.</summary>
    private protected ServerAddress AddressOf(string[] typed) => Need(typed, () => ServerAddress.TryParse(string.Join(',', typed), out var address)
        ? address
        : throw new ArgumentException(
            $"'{string.Join(',', typed)}' is no server address: write host, host:port or host:port#vaultserver1…"));

    /// <summary>How to connect to the server, as far as the parameters say.</summary>
    private protected ConnectOptions OptionsFor(ServerAddress address, string? oneTimeCode) => new()
    {
        AcceptServerKey = Need(address, () => ExpectedKey(address)),
        ReconnectFor = ReconnectFor,
        OneTimeCode = oneTimeCode,
    };

    /// <summary>Opens something on the server and asks the person about its key where it is unknown, and for a one-time code
    /// where one is needed.</summary>
    private protected T Open<T>(ServerAddress address, ConnectOptions options, Func<ConnectOptions, CancellationToken, Task<T>> open)
    {
        return Need(address, () =>
        {
            while (true)
            {
                try
                {
                    return WithCode(options.OneTimeCode, code => Await(stop => open(options with { OneTimeCode = code }, stop)));
                }
                catch (VaultException error)
                    when (error.Code == VaultErrorCode.ServerUnknown && options.AcceptServerKey is null && PersonAccepts(address, error))
                {
                    options = options with { AcceptServerKey = error.ServerKey };
                }
            }
        });
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
}

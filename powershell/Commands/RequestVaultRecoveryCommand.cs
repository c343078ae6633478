using System.Management.Automation;
using Vault.Client;
using Vault.PowerShell.Completion;

namespace Vault.PowerShell.Commands;

/// <summary>Request-VaultRecovery: has a code mailed with which a forgotten password can be reset.</summary>
/// <remarks>The answer is the same whether the address has an account or not. The code comes by mail within moments, is good for a
/// quarter of an hour and for one reset; the mail names the server with its key. At most three codes an hour.</remarks>
/// <example>
/// <para>Asks for a code.</para>
/// <code>
/// Request-VaultRecovery -Server vault.example.org -Email ada@example.org
/// </code>
/// </example>
/// <example>
/// <para>Asks a server whose key is pinned, so that no question is asked.</para>
/// <code>
/// Request-VaultRecovery 'vault.example.org#vaultserver1…' ada@example.org
/// </code>
/// </example>
/// <seealso cref="ResetVaultPasswordCommand"/>
[Cmdlet(VerbsLifecycle.Request, "VaultRecovery", SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class RequestVaultRecoveryCommand : ServerCmdlet
{
    /// <summary>The server: <c>host</c>, <c>host:port</c>, or <c>host:port#vaultserver1…</c> to pin its key; several where it has several
    /// gateways.</summary>
    [Parameter(Mandatory = true, Position = 0, HelpMessage = "The server: host, host:port or host:port#vaultserver1…")]
    [ArgumentCompleter(typeof(VaultServerCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Server { get; set; } = [];

    /// <summary>The account's e-mail address.</summary>
    [Parameter(Mandatory = true, Position = 1, HelpMessage = "The e-mail address of your account.")]
    [ArgumentCompleter(typeof(VaultServerCompleter))]
    [ValidateNotNullOrEmpty]
    public string Email { get; set; } = "";

    /// <inheritdoc />
    protected override void EndProcessing()
    {
        if (!ShouldProcess(string.Join(',', Server), $"Have a recovery code mailed to {Email}"))
        {
            return;
        }

        var address = AddressOf(Server);
        Open(address, OptionsFor(address, null), async (options, stop) =>
        {
            await VaultRecovery.RequestAsync(address, Email, options, stop);
            return true;
        });
        WriteWarning($"If {Email} has an account at this server, a code is on its way. Use it with Reset-VaultPassword.");
    }
}

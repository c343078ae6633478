using System.Management.Automation;
using Vault.Client;
using Vault.PowerShell.Completion;

namespace Vault.PowerShell.Commands;

/// <summary>Confirm-VaultAccount: brings back the code that was mailed after New-VaultAccount, and with it the account exists.</summary>
/// <remarks>
/// <para>A server that mails confirms addresses, because others share files with an address and trust that it is its owner's. Until the
/// code came back there is no account: Connect-Vault answers as if the password were wrong. The mail has this command with the server's
/// pinned address, ready to paste.</para>
/// <para>If several mails came, take the code of the registration that you made yourself: the account gets the password chosen with it.
/// A code is good once, for a day unless the operator says otherwise.</para>
/// </remarks>
/// <example>
/// <para>Confirms the address and signs in.</para>
/// <code>
/// Confirm-VaultAccount -Server 'vault.example.org#vaultserver1…' -Email new@example.org -Code (Read-Host 'Code')
/// </code>
/// </example>
/// <example>
/// <para>The same for a server that this machine has met before.</para>
/// <code>
/// Confirm-VaultAccount vault.example.org new@example.org (Read-Host 'Code')
/// </code>
/// </example>
/// <seealso cref="NewVaultAccountCommand"/>
/// <seealso cref="ConnectVaultCommand"/>
[Cmdlet(VerbsLifecycle.Confirm, "VaultAccount", SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class ConfirmVaultAccountCommand : VaultCmdlet
{
    /// <summary>The server, as the mail names it: <c>host:port#vaultserver1…</c>, or as known to this machine.</summary>
    [Parameter(Mandatory = true, Position = 0, HelpMessage = "The server, as the mail names it.")]
    [ArgumentCompleter(typeof(VaultServerCompleter))]
    [ValidateNotNullOrEmpty]
    public string Server { get; set; } = "";

    /// <summary>The address that was registered.</summary>
    [Parameter(Mandatory = true, Position = 1, HelpMessage = "The address that was registered.")]
    [ArgumentCompleter(typeof(VaultServerCompleter))]
    [ValidateNotNullOrEmpty]
    public string Email { get; set; } = "";

    /// <summary>The code in the mail; capitals, blanks and dashes do not matter.</summary>
    [Parameter(Mandatory = true, Position = 2, HelpMessage = "The code in the mail.")]
    [ValidateNotNullOrEmpty]
    public string Code { get; set; } = "";

    /// <inheritdoc />
    protected override void EndProcessing()
    {
        var address = Need(Server, () => ServerAddress.TryParse(Server, out var parsed)
            ? parsed
            : throw new ArgumentException($"'{Server}' is no server address: write host, host:port or host:port#vaultserver1…"));
        if (ShouldProcess(Email, "Confirm the address"))
        {
            Need(Email, () => Await((_, stop) => VaultAccount.ConfirmAsync(address, Email, Code, null, stop)));
        }
    }
}

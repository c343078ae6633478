using System.Management.Automation;
using Vault.Client;

namespace Vault.PowerShell.Commands;

/// <summary>Connect-Vault: opens a session and makes it the runspace's default.</summary>
/// <remarks>
/// <para>The password never leaves this machine. A server that this machine has never met shows its key and is asked
/// about, as with SSH; a key that has changed is refused.</para>
/// <para>With -AccessKey it signs in with a file that New-VaultAccessKey made, without a password: for scripts. What such a session
/// can do is the key's scope.</para>
/// </remarks>
/// <example>
/// <para>Signs in with a password that is typed.</para>
/// <code>
/// $password = Read-Host 'Password' -AsSecureString
/// Connect-Vault -Server vault.example.org -Email ada@example.org -Password $password
/// </code>
/// </example>
/// <example>
/// <para>Signs in at a server whose key is pinned, and keeps the session in a variable.</para>
/// <code>
/// $password = Read-Host 'Password' -AsSecureString
/// $work = Connect-Vault 'vault.example.org#vaultserver1…' -Email ada@example.org -Password $password -PassThru
/// Get-VaultFile -Session $work
/// </code>
/// <para>No question is asked: the server must prove the key that the address names.</para>
/// </example>
/// <example>
/// <para>Signs in without a password, in a script that runs at night, and sends a folder.</para>
/// <code>
/// Connect-Vault -AccessKey ./backup.key
/// Send-VaultFile ./papers -Recurse
/// </code>
/// </example>
/// <seealso cref="NewVaultAccessKeyCommand"/>
/// <seealso cref="DisconnectVaultCommand"/>
/// <seealso cref="GetVaultSessionCommand"/>
/// <seealso cref="NewVaultAccountCommand"/>
[Cmdlet(VerbsCommunications.Connect, "Vault", DefaultParameterSetName = ByEmail)]
[OutputType(typeof(VaultSession))]
public sealed class ConnectVaultCommand : LoginCmdlet
{
    private const string ByAccessKey = "AccessKey";

    /// <summary>The file of an access key; it names server and account.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByAccessKey, HelpMessage = "The file that New-VaultAccessKey wrote.")]
    [ValidateNotNullOrEmpty]
    public string AccessKey { get; set; } = "";

    /// <summary>Return the session, for use with <c>-Session</c>.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <summary>The code of your authenticator, or a backup code, where the account has a second factor. Asked for when it is
    /// missing.</summary>
    [Parameter(ParameterSetName = ByCredential)]
    [Parameter(ParameterSetName = ByEmail)]
    [ValidateNotNullOrEmpty]
    public string? OneTimeCode { get; set; }

    /// <inheritdoc />
    protected override void EndProcessing()
    {
        var session = ParameterSetName == ByAccessKey ? OpenWithKey() : Open(VaultSession.ConnectAsync, OneTimeCode);
        SessionTable.Current.Add(session);
        if (PassThru)
        {
            WriteObject(session);
        }

        if (ParameterSetName != ByAccessKey)
        {
            Remember();
        }
    }

    private VaultSession OpenWithKey()
    {
        var path = Need(AccessKey, () => GetUnresolvedProviderPathFromPSPath(AccessKey));
        var options = new ConnectOptions { ReconnectFor = ReconnectFor };
        return Need(path, () => Await(stop => VaultSession.ConnectAsync(path, options, stop)));
    }
}

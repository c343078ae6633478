using System.Management.Automation;
using Vault.Client;
using Vault.Protocol;

namespace Vault.PowerShell.Commands;

/// <summary>Remove-VaultAccessKey: ends keys that sign in without a password, from their next request on.</summary>
/// <remarks>Connections that are open end too. What the key's holder has fetched already stays known to them.</remarks>
/// <example>
/// <para>Ends the key of the nightly backup.</para>
/// <code>
/// Get-VaultAccessKey 'nightly backup' | Remove-VaultAccessKey
/// </code>
/// </example>
/// <example>
/// <para>Ends all access keys.</para>
/// <code>
/// Get-VaultAccessKey | Remove-VaultAccessKey
/// </code>
/// </example>
/// <seealso cref="GetVaultAccessKeyCommand"/>
/// <seealso cref="NewVaultAccessKeyCommand"/>
[Cmdlet(VerbsCommon.Remove, "VaultAccessKey", SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class RemoveVaultAccessKeyCommand : SessionCmdlet
{
    /// <summary>The keys' ids, as Get-VaultAccessKey shows them.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true, HelpMessage = "The key's id.")]
    [Alias("Key")]
    [ValidateNotNullOrEmpty]
    public string[] Id { get; set; } = [];

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        foreach (var text in Id)
        {
            if (ShouldProcess(text, "End this access key"))
            {
                TryItem(text, () => Await((_, stop) => UsedSession.RemoveAccessKeyAsync(Parse(text), stop)));
            }
        }
    }

    private static AccessKeyId Parse(string text) => AccessKeyId.TryParse(text, out var id)
        ? id
        : throw new VaultException(VaultErrorCode.InvalidRequest, $"'{text}' is no id of an access key.", "Get-VaultAccessKey shows the ids.");
}

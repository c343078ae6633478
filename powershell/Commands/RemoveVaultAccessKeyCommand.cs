using System.Management.Automation;
using Vault.Client;
using Vault.PowerShell.Completion;
using Vault.Protocol;

namespace Vault.PowerShell.Commands;

/// <summary>Remove-VaultAccessKey: ends keys that sign in without a password, from their next request on.</summary>
/// <remarks>Connections that are open end too. What the key's holder has fetched already stays known to them.</remarks>
/// <example>
/// <para>Ends the key of the nightly backup.</para>
/// <code>
/// Remove-VaultAccessKey 'nightly backup'
/// </code>
/// </example>
/// <example>
/// <para>Ends all access keys that can read.</para>
/// <code>
/// Get-VaultAccessKey | Where-Object Scope -ne SendOnly | Remove-VaultAccessKey
/// </code>
/// </example>
/// <seealso cref="GetVaultAccessKeyCommand"/>
/// <seealso cref="NewVaultAccessKeyCommand"/>
[Cmdlet(VerbsCommon.Remove, "VaultAccessKey", DefaultParameterSetName = ByName, SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class RemoveVaultAccessKeyCommand : SessionCmdlet
{
    private const string ByName = "Name", ById = "Id";

    /// <summary>The keys' names, with wildcards.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ByName, HelpMessage = "The key's name; may hold wildcards.")]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(VaultAccessKeyCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = [];

    /// <summary>The keys' ids, as Get-VaultAccessKey shows them.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ById, HelpMessage = "The key's id.")]
    [Alias("Key")]
    [ArgumentCompleter(typeof(VaultAccessKeyCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Id { get; set; } = [];

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        foreach (var name in Name)
        {
            TryItem(name, () => RemoveNamed(name));
        }

        foreach (var text in Id)
        {
            TryItem(text, () => Remove(Parse(text), text));
        }
    }

    private void RemoveNamed(string name)
    {
        var pattern = WildcardPattern.Get(name, WildcardOptions.IgnoreCase);
        var keys = Await(UsedSession.ListAccessKeysAsync).Where(key => pattern.IsMatch(key.Name)).ToList();
        if (keys.Count == 0 && !WildcardPattern.ContainsWildcardCharacters(name))
        {
            throw new VaultException(VaultErrorCode.NotFound, $"There is no access key '{name}'.", "Get-VaultAccessKey lists what there is.");
        }

        foreach (var key in keys)
        {
            TryItem(key, () => Remove(key.Key, key.Name));
        }
    }

    private void Remove(AccessKeyId key, string shown)
    {
        if (ShouldProcess(shown, "End this access key"))
        {
            Await((_, stop) => UsedSession.RemoveAccessKeyAsync(key, stop));
        }
    }

    private static AccessKeyId Parse(string text) => AccessKeyId.TryParse(text, out var id)
        ? id
        : throw new VaultException(VaultErrorCode.InvalidRequest, $"'{text}' is no id of an access key.", "Get-VaultAccessKey shows the ids.");
}

using System.Management.Automation;
using Vault.PowerShell.Completion;
using Vault.Protocol;

namespace Vault.PowerShell.Commands;

/// <summary>Get-VaultAccessKey: the keys that sign in to the account without a password.</summary>
/// <remarks>Expired ones stay in the list until they are removed. When a key last signed in is known to the hour.</remarks>
/// <example>
/// <para>Lists all access keys.</para>
/// <code>
/// Get-VaultAccessKey
/// </code>
/// </example>
/// <example>
/// <para>Removes those that have expired.</para>
/// <code>
/// Get-VaultAccessKey | Where-Object ExpiresAt -lt ([DateTimeOffset]::Now) | Remove-VaultAccessKey
/// </code>
/// </example>
/// <seealso cref="NewVaultAccessKeyCommand"/>
/// <seealso cref="RemoveVaultAccessKeyCommand"/>
[Cmdlet(VerbsCommon.Get, "VaultAccessKey")]
[OutputType(typeof(AccessKeyEntry))]
public sealed class GetVaultAccessKeyCommand : SessionCmdlet
{
    /// <summary>Only keys of this name; wildcards are allowed.</summary>
    [Parameter(Position = 0)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(VaultAccessKeyCompleter))]
    [ValidateNotNullOrEmpty]
    public string Name { get; set; } = "*";

    /// <inheritdoc />
    protected override void EndProcessing()
    {
        var pattern = WildcardPattern.Get(Name, WildcardOptions.IgnoreCase);
        var keys = Need(UsedSession.Email, () => Await(UsedSession.ListAccessKeysAsync));
        WriteObject(keys.Where(key => pattern.IsMatch(key.Name)), enumerateCollection: true);
    }
}

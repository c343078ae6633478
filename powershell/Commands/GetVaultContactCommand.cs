using System.Management.Automation;
using Vault.Client;
using Vault.PowerShell.Completion;

namespace Vault.PowerShell.Commands;

/// <summary>Get-VaultContact: the people whose keys the account remembers, and their fingerprints.</summary>
/// <remarks>The keys of people are remembered, sealed, in the account, and so follow you to other machines.</remarks>
/// <example>
/// <para>Lists the people whose keys are remembered.</para>
/// <code>
/// Get-VaultContact
/// </code>
/// </example>
/// <example>
/// <para>Looks somebody up, to compare fingerprints.</para>
/// <code>
/// (Get-VaultContact bob@example.org).Fingerprint
/// </code>
/// <para>The other person sees the same 60 digits.</para>
/// </example>
/// <seealso cref="ConfirmVaultContactCommand"/>
[Cmdlet(VerbsCommon.Get, "VaultContact")]
[OutputType(typeof(VaultContact))]
public sealed class GetVaultContactCommand : SessionCmdlet
{
    /// <summary>Addresses, with wildcards; an exact address that is not known yet is looked up at the server and remembered. Everybody
    /// known when it is not given.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Person")]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(VaultContactCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? Email { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        foreach (var wanted in Email ?? ["*"])
        {
            TryItem(wanted, () =>
            {
                if (!WildcardPattern.ContainsWildcardCharacters(wanted))
                {
                    WriteObject(Await(stop => UsedSession.FindContactAsync(wanted, stop)));
                    return;
                }

                var pattern = new WildcardPattern(wanted, WildcardOptions.IgnoreCase | WildcardOptions.CultureInvariant);
                WriteObject(
                    Await(stop => UsedSession.ListContactsAsync(stop)).Where(contact => pattern.IsMatch(contact.Email)),
                    enumerateCollection: true);
            });
        }
    }
}

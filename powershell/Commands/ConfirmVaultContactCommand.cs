using System.Management.Automation;
using Vault.Client;
using Vault.PowerShell.Completion;

namespace Vault.PowerShell.Commands;

/// <summary>Confirm-VaultContact: marks a person's keys as verified, after the fingerprint was compared with the person by another way
/// than the server. Accepts keys that have changed, too.</summary>
/// <remarks>Both people see the same fingerprint. Whoever confirms it has compared it over a way that the server does
/// not control: by telephone, or side by side.</remarks>
/// <example>
/// <para>Marks what Bob read out as his.</para>
/// <code>
/// $read = Read-Host 'What Bob reads to you'
/// Confirm-VaultContact bob@example.org -Fingerprint $read
/// </code>
/// <para>Other digits than those that are shown here are refused.</para>
/// </example>
/// <example>
/// <para>Does the same for a contact from the pipeline, and shows it.</para>
/// <code>
/// $read = Read-Host 'What Bob reads to you'
/// Get-VaultContact bob@example.org | Confirm-VaultContact -Fingerprint $read -PassThru
/// </code>
/// </example>
/// <seealso cref="GetVaultContactCommand"/>
/// <seealso cref="GrantVaultShareCommand"/>
[Cmdlet(VerbsLifecycle.Confirm, "VaultContact", SupportsShouldProcess = true)]
[OutputType(typeof(VaultContact))]
public sealed class ConfirmVaultContactCommand : SessionCmdlet
{
    /// <summary>The person's address.</summary>
    [Parameter(
        Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true, HelpMessage = "The e-mail address of the person.")]
    [ArgumentCompleter(typeof(VaultContactCompleter))]
    [ValidateNotNullOrEmpty]
    public string Email { get; set; } = "";

    /// <summary>The 60 digits that the person sees, not those that are shown here.</summary>
    [Parameter(
        Mandatory = true, Position = 1, HelpMessage = "The fingerprint as the person reads it to you: 60 digits.")]
    [ValidateNotNullOrEmpty]
    public string Fingerprint { get; set; } = "";

    /// <summary>Return the contact.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        if (!ShouldProcess(Email, "Mark the keys as verified"))
        {
            return;
        }

        TryItem(Email, () =>
        {
            var contact = Await(stop => UsedSession.ConfirmContactAsync(Email, Fingerprint, stop));
            if (PassThru)
            {
                WriteObject(contact);
            }
        });
    }
}

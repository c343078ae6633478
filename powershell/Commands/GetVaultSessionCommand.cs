using System.Management.Automation;

namespace Vault.PowerShell.Commands;

[Cmdlet(VerbsCommon.Get, "VaultSession")]
public sealed class GetVaultSessionCommand : PSCmdlet
{
    protected override void EndProcessing() => WriteObject("hi");
}

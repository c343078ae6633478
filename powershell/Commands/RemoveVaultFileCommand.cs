using System.Management.Automation;

namespace Vault.PowerShell.Commands;

/// <summary>Remove-VaultFile: deletes files from the vault with all their versions, and so from everyone who has them.</summary>
[Cmdlet(VerbsCommon.Remove, "VaultFile", DefaultParameterSetName = ByName, SupportsShouldProcess = true)]
public sealed class RemoveVaultFileCommand : FileSelectionCmdlet
{
    private protected override FileScope Scope => FileScope.Own;

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        foreach (var file in Selected())
        {
            if (ShouldProcess(file.Name, "Remove from the vault with all its versions"))
            {
                TryItem(file, () => Await((_, stop) => UsedSession.RemoveAsync(file, stop)));
            }
        }
    }
}

using System.Management.Automation;

namespace Vault.PowerShell.Commands;

/// <summary>Remove-VaultFile: deletes files from the vault with all their versions, and so from everyone who has them.</summary>
/// <remarks>Those to whom the files were given lose them, too.</remarks>
/// <example>
/// <para>Removes a file.</para>
/// <code>
/// Remove-VaultFile papers/old.txt
/// </code>
/// </example>
/// <example>
/// <para>Shows which files would be removed, and removes none.</para>
/// <code>
/// Get-VaultFile papers/* | Remove-VaultFile -WhatIf
/// </code>
/// </example>
/// <seealso cref="GetVaultFileCommand"/>
[Cmdlet(VerbsCommon.Remove, "VaultFile", DefaultParameterSetName = ByName, SupportsShouldProcess = true)]
[OutputType(typeof(void))]
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

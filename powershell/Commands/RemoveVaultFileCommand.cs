using System.Management.Automation;

namespace Vault.PowerShell.Commands;

/// <summary>Remove-VaultFile: puts files into the trash, or removes them for good with all their versions.</summary>
/// <remarks>Those to whom the files were given lose them either way. A file in the trash keeps its share of the quota; the server removes it
/// for good after a time that its operator sets, 30 days as a rule. Files that are in the trash already are removed for good.</remarks>
/// <example>
/// <para>Puts a file into the trash.</para>
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
/// <example>
/// <para>Empties the trash.</para>
/// <code>
/// Get-VaultFile -Trash | Remove-VaultFile -Permanent
/// </code>
/// </example>
/// <seealso cref="GetVaultFileCommand"/>
/// <seealso cref="RestoreVaultFileCommand"/>
[Cmdlet(VerbsCommon.Remove, "VaultFile", DefaultParameterSetName = ByName, SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class RemoveVaultFileCommand : FileSelectionCmdlet
{
    /// <summary>Remove the file for good, and at once, whether it is in the trash or not.</summary>
    [Parameter]
    public SwitchParameter Permanent { get; set; }

    private protected override FileScope Scope => FileScope.Own;

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        foreach (var file in Selected())
        {
            if (Permanent || file.TrashedAt is not null)
            {
                if (ShouldProcess(file.Name, "Remove from the vault for good, with all its versions"))
                {
                    TryItem(file, () => Await((_, stop) => UsedSession.RemoveAsync(file, stop)));
                }
            }
            else if (ShouldProcess(file.Name, "Put into the trash"))
            {
                TryItem(file, () => Await((_, stop) => UsedSession.TrashAsync(file, stop)));
            }
        }
    }
}

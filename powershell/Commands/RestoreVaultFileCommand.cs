using System.Management.Automation;

namespace Vault.PowerShell.Commands;

/// <summary>Restore-VaultFile: takes files out of the trash.</summary>
/// <remarks>A file comes back with all its versions, under the name it had; where another file has that name meanwhile, rename or remove
/// that one first. People to whom it was given do not have it any more: grant it again.</remarks>
/// <example>
/// <para>Brings a file back that was removed.</para>
/// <code>
/// Restore-VaultFile papers/old.txt
/// </code>
/// </example>
/// <example>
/// <para>Brings everything back that is in the trash.</para>
/// <code>
/// Get-VaultFile -Trash | Restore-VaultFile
/// </code>
/// </example>
/// <seealso cref="RemoveVaultFileCommand"/>
/// <seealso cref="GetVaultFileCommand"/>
[Cmdlet(VerbsData.Restore, "VaultFile", DefaultParameterSetName = ByName, SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class RestoreVaultFileCommand : FileSelectionCmdlet
{
    private protected override FileScope Scope => FileScope.Trash;

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        foreach (var file in Selected())
        {
            if (ShouldProcess(file.Name, "Take out of the trash"))
            {
                TryItem(file, () => Await((_, stop) => UsedSession.RestoreAsync(file, stop)));
            }
        }
    }
}
